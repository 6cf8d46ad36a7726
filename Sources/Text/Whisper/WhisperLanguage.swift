/// A language that Whisper knows: its code, as in the token `<|en|>`, and its English name.
public struct WhisperLanguage: Sendable, Hashable {
    /// ISO 639-1 for nearly all; three letters for Hawaiian and Cantonese.
    public let code: String
    /// The English name in lower case, as openai/whisper writes it.
    public let name: String

    /// All 100, in the order of their tokens; the last one, Cantonese, only in large-v3 and what comes from it
    /// (openai/whisper, `tokenizer.py`, `LANGUAGES`).
    public static let all: [WhisperLanguage] = table.split(separator: "\n").map { line in
        let fields = line.split(separator: " ", maxSplits: 1)
        return WhisperLanguage(code: String(fields[0]), name: String(fields[1]))
    }

    /// English, of the first token.
    public static let english = all[0]

    /// The language of a code or an English name, in whatever case; nil where Whisper knows none of that name.
    ///
    /// Other names as in openai/whisper (`TO_LANGUAGE_CODE`): `mandarin`, `flemish`, `castilian` and some more.
    public init?(_ text: String) {
        let text = text.lowercased()
        let wanted = Self.otherNames[text] ?? text
        guard let language = Self.all.first(where: { $0.code == wanted || $0.name == wanted }) else { return nil }
        self = language
    }

    private init(code: String, name: String) {
        self.code = code
        self.name = name
    }

    /// Whether it is written without spaces between words, so that words cannot be told by them
    /// (openai/whisper, `split_to_word_tokens`).
    public var isWrittenWithoutSpaces: Bool { ["zh", "ja", "th", "lo", "my", "yue"].contains(code) }

    /// Whether words have spaces between them in the language of a code; true where Whisper does not know it.
    public static func hasSpaces(_ code: String) -> Bool { WhisperLanguage(code)?.isWrittenWithoutSpaces != true }

    private static let otherNames = [
        "burmese": "my", "valencian": "ca", "flemish": "nl", "haitian": "ht", "letzeburgesch": "lb", "pushto": "ps",
        "panjabi": "pa", "moldavian": "ro", "moldovan": "ro", "sinhalese": "si", "castilian": "es", "mandarin": "zh",
    ]

    /// Code and name, a language a line.
    private static let table = """
        en english
        zh chinese
        de german
        es spanish
        ru russian
        ko korean
        fr french
        ja japanese
        pt portuguese
        tr turkish
        pl polish
        ca catalan
        nl dutch
        ar arabic
        sv swedish
        it italian
        id indonesian
        hi hindi
        fi finnish
        vi vietnamese
        he hebrew
        uk ukrainian
        el greek
        ms malay
        cs czech
        ro romanian
        da danish
        hu hungarian
        ta tamil
        no norwegian
        th thai
        ur urdu
        hr croatian
        bg bulgarian
        lt lithuanian
        la latin
        mi maori
        ml malayalam
        cy welsh
        sk slovak
        te telugu
        fa persian
        lv latvian
        bn bengali
        sr serbian
        az azerbaijani
        sl slovenian
        kn kannada
        et estonian
        mk macedonian
        br breton
        eu basque
        is icelandic
        hy armenian
        ne nepali
        mn mongolian
        bs bosnian
        kk kazakh
        sq albanian
        sw swahili
        gl galician
        mr marathi
        pa punjabi
        si sinhala
        km khmer
        sn shona
        yo yoruba
        so somali
        af afrikaans
        oc occitan
        ka georgian
        be belarusian
        tg tajik
        sd sindhi
        gu gujarati
        am amharic
        yi yiddish
        lo lao
        uz uzbek
        fo faroese
        ht haitian creole
        ps pashto
        tk turkmen
        nn nynorsk
        mt maltese
        sa sanskrit
        lb luxembourgish
        my myanmar
        bo tibetan
        tl tagalog
        mg malagasy
        as assamese
        tt tatar
        haw hawaiian
        ln lingala
        ha hausa
        ba bashkir
        jw javanese
        su sundanese
        yue cantonese
        """
}
