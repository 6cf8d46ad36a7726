import Numerics

/// How texts are made comparable before they are scored.
///
/// The same normaliser is applied to reference and hypothesis. Error rates under different normalisers do not compare,
/// so `identifier` stands beside every figure.
public enum TextNormalizer: String, CaseIterable, Codable, Sendable {
    /// The text as it is.
    case none
    /// Any language: lower case, brackets out, NFKC, marks, symbols and punctuation to spaces (Whisper's basic rules).
    case basic
    /// English: Whisper's English rules, with contractions written out, numbers as digits and American spelling.
    case english
    /// Mandarin: punctuation out, numbers as said, each character a word.
    case chinese

    /// The normalised text, without white space at its ends (except `.none`, which changes nothing).
    public func normalized(_ text: String) -> String {
        switch self {
        case .none: return text
        case .basic: return Self.trimmed(BasicNormalizer.normalized(ScalarText(text)))
        case .english: return Self.trimmed(EnglishNormalizer.normalized(ScalarText(text)))
        case .chinese: return Self.trimmed(ChineseNormalizer.normalized(ScalarText(text)))
        }
    }

    /// A normalised text with spaces between what counts as a word: round each Chinese character for `.chinese`.
    public func separatedIntoWords(_ normalized: String) -> String {
        self == .chinese ? ChineseNormalizer.separated(ScalarText(normalized)).string : normalized
    }

    /// Goes up whenever the rules change what a text becomes.
    public var version: Int { 1 }

    /// A fingerprint of what the rules do: FNV-1a (64 bits) of the normalised `probes`, in hexadecimal.
    public var hash: String {
        var fingerprint = Fingerprint()
        for probe in Self.probes {
            fingerprint.add(normalized(probe).utf8)
            fingerprint.add(0x0A)
        }
        return fingerprint.description
    }

    /// Name, version and hash in one word, for example `english-v1-0123456789abcdef`.
    public var identifier: String { "\(rawValue)-v\(version)-\(hash)" }

    /// Texts that touch every rule.
    private static let probes =
        [
            "Hello, World! <noise> [laughter] (aside) hmm uh Straße ŒUVRE naïve ＡＢＣ ①②",
            "I won't, can't, let's, ain't; y'all wanna gotta gonna I'ma imma woulda coulda shoulda ma'am",
            "Mr. Mrs. St. Dr. Prof. Capt. Gov. Ald. Gen. Sen. Rep. Pres. Rev. Hon. Asst. Assoc. Lt. Col. Jr. Sr. Esq.",
            "he'd been, she's been, they'd gone, it's gone, he'd done, he's got, isn't we're it's I'd you'll 't I've I'm",
            "1,234.50 twenty-one nineteen sixties two hundred and five thousand point seven three and a half million",
            "double oh seven triple five minus forty percent, ten per cent, five dollars and seven cents, $0.25, 1st 2nd",
            "the colour of the aeroplane, organised theatre, ten pounds fifty, 3.14% .5 $ 20 % 1s",
            "我在2024年10月买了3.5%的股票，一共１０５００元。〇 OK 你好 world wide-web！",
        ] + EnglishSpellings.american.keys.sorted()

    private static func trimmed(_ text: ScalarText) -> String {
        guard let first = text.firstIndex(where: { !$0.isSpace }) else { return "" }
        let last = text.lastIndex { !$0.isSpace }!
        return ScalarText(text[first...last]).string
    }
}
