import Evaluation
import Testing

/// Expected texts are written by hand from the rule in the documentation of `StyledLabel`.
@Suite struct StyledLabelTests {
    @Test(
        arguments: [
            ("HE SAID GOOD MORNING SIR", "He said, \"Good morning, sir.\"", "He said, \"Good morning, sir.\""),
            // A word that the model got wrong keeps the place in the sentence.
            ("THE CAT SAT AND I'VE SEEN IT", "The cat set, and I'd seen it.", "The cat sat, and I've seen it."),
            ("CHILDREN RAN", "Chill, drawn.", "Children, ran."),
            // Numbers and abbreviations are said as the label has them.
            ("MISTER SMITH PAID TWENTY POUNDS", "Mr. Smith paid 20 pounds.", "Mister Smith paid twenty pounds."),
            // What the model left out, and what it made up.
            ("WE CALL IT A BEAR", "We call bear.", "We call it a bear."),
            ("WE CALL IT BEAR", "We just call it bear. Thank you.", "We call it bear."),
            ("A MAN WELL KNOWN", "A man well-known.", "A man well known."),
            ("FORTY THOUSAND WE PAID", "40,000, we paid.", "forty thousand, we paid."),
            // Capitals of a label that has both stay.
            ("the NATO summit", "The natal summit!", "The NATO summit!"),
            ("what did McKay say", "What did Mackay say?", "What did McKay say?"),
            ("", "Thank you.", ""),
            ("NOTHING HEARD", "", "nothing heard"),
        ])
    func keepsWordsAndTakesStyle(_ label: String, _ transcript: String, _ expected: String) {
        #expect(StyledLabel(label, styledAs: transcript).text == expected)
    }
}
