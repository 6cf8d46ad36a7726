/// An ARPA file with two orders.
public let smallARPA = """
    \\data\\
    ngram 1=5
    ngram 2=3

    \\1-grams:
    -99\t<s>\t-0.3
    -1\t</s>
    -2\t<unk>
    -0.5\ta\t-0.2
    -0.7\tb

    \\2-grams:
    -0.1\t<s> a
    -0.4\ta b
    -0.6\ta </s>

    \\end\\

    """
