/// Letters as strokes of a pen: the Hershey simplex Roman alphabet, so that pictures can be labelled without a font file
/// (docs/decisions/0013).
///
/// The Hershey Fonts were originally created by Dr. A. V. Hershey while working at the U. S. National Bureau of Standards.
/// The format of the font data was originally created by James Hurt, Cognition, Inc., 900 Technology Park Drive,
/// Billerica, MA 01821. They may be used by anyone for any purpose, with these acknowledgements.
enum StrokeFont {
    struct Point {
        /// To the right, in units of which a capital letter has 21.
        var x: Double
        /// Downwards from the base line, in the same units.
        var y: Double
    }

    struct Glyph {
        /// How far the pen moves on for the next letter.
        let advance: Double
        /// Polylines, each drawn without lifting the pen.
        let strokes: [[Point]]
    }

    /// Height of a capital letter in units.
    static let capHeight = 21.0

    /// The glyph of a character; that of `?` for one outside ASCII.
    static func glyph(_ character: Character) -> Glyph {
        let code = character.asciiValue.flatMap { $0 >= 32 && $0 < 127 ? Int($0) : nil } ?? 63
        return decoded(glyphs[code - 32])
    }

    /// Width of a text in units.
    static func width(_ text: String) -> Double { text.reduce(0) { $0 + glyph($1).advance } }

    /// Hurt's format: pairs of characters whose distance from `R` are coordinates; the first pair is the left and right edge,
    /// space and `R` lift the pen.
    private static func decoded(_ text: StaticString) -> Glyph {
        let bytes = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        let left = Double(bytes[0]) - 82
        let baseLine = 9.0  // units below the centre of the letters, where y is 0
        var strokes: [[Point]] = [[]]
        for index in stride(from: 2, to: bytes.count, by: 2) {
            if bytes[index] == 32 {
                strokes.append([])
            } else {
                let point = Point(x: Double(bytes[index]) - 82 - left, y: Double(bytes[index + 1]) - 82 - baseLine)
                strokes[strokes.count - 1].append(point)
            }
        }
        return Glyph(advance: Double(bytes[1]) - 82 - left, strokes: strokes)
    }

    /// ASCII from the space to the tilde.
    private static let glyphs: [StaticString] = [
        "JZ",
        "MWRFRT RRYQZR[SZRY",
        "JZNFNM RVFVM",
        "H]SBLb RYBRb RLOZO RKUYU",
        "H\\PBP_ RTBT_ RYIWGTFPFMGKIKKLMMNOOUQWRXSYUYXWZT[P[MZKX",
        "F^[FI[ RNFPHPJOLMMKMIKIIJGLFNFPGSHVHYG[F RWTUUTWTYV[X[ZZ[X[VYTWT",
        "E_\\O\\N[MZMYNXPVUTXRZP[L[JZIYHWHUISJRQNRMSKSIRGPFNGMIMKNNPQUXWZY[[[\\Z\\Y",
        "MWRHQGRFSGSIRKQL",
        "KYVBTDRGPKOPOTPYR]T`Vb",
        "KYNBPDRGTKUPUTTYR]P`Nb",
        "JZRFRR RMIWO RWIMO",
        "E_RIR[ RIR[R",
        "MWSZR[QZRYSZS\\R^Q_",
        "E_IR[R",
        "MWRYQZR[SZRY",
        "G][BIb",
        "H\\QFNGLJKOKRLWNZQ[S[VZXWYRYOXJVGSFQF",
        "H\\NJPISFS[",
        "H\\LKLJMHNGPFTFVGWHXJXLWNUQK[Y[",
        "H\\MFXFRNUNWOXPYSYUXXVZS[P[MZLYKW",
        "H\\UFKTZT RUFU[",
        "H\\WFMFLOMNPMSMVNXPYSYUXXVZS[P[MZLYKW",
        "H\\XIWGTFRFOGMJLOLTMXOZR[S[VZXXYUYTXQVOSNRNOOMQLT",
        "H\\YFO[ RKFYF",
        "H\\PFMGLILKMMONSOVPXRYTYWXYWZT[P[MZLYKWKTLRNPQOUNWMXKXIWGTFPF",
        "H\\XMWPURRSQSNRLPKMKLLINGQFRFUGWIXMXRWWUZR[P[MZLX",
        "MWRMQNROSNRM RRYQZR[SZRY",
        "MWRMQNROSNRM RSZR[QZRYSZS\\R^Q_",
        "F^ZIJRZ[",
        "E_IO[O RIU[U",
        "F^JIZRJ[",
        "I[LKLJMHNGPFTFVGWHXJXLWNVORQRT RRYQZR[SZRY",
        "E`WNVLTKQKOLNMMPMSNUPVSVUUVS RQKOMNPNSOUPV RWKVSVUXVZV\\T]Q]O\\L[JYHWGTFQFNGLHJJILHOHRIUJWLYNZQ[T[WZYYZX RXKWSWUXV",
        "I[RFJ[ RRFZ[ RMTWT",
        "G\\KFK[ RKFTFWGXHYJYLXNWOTP RKPTPWQXRYTYWXYWZT[K[",
        "H]ZKYIWGUFQFOGMILKKNKSLVMXOZQ[U[WZYXZV",
        "G\\KFK[ RKFRFUGWIXKYNYSXVWXUZR[K[",
        "H[LFL[ RLFYF RLPTP RL[Y[",
        "HZLFL[ RLFYF RLPTP",
        "H]ZKYIWGUFQFOGMILKKNKSLVMXOZQ[U[WZYXZVZS RUSZS",
        "G]KFK[ RYFY[ RKPYP",
        "NVRFR[",
        "JZVFVVUYTZR[P[NZMYLVLT",
        "G\\KFK[ RYFKT RPOY[",
        "HYLFL[ RL[X[",
        "F^JFJ[ RJFR[ RZFR[ RZFZ[",
        "G]KFK[ RKFY[ RYFY[",
        "G]PFNGLIKKJNJSKVLXNZP[T[VZXXYVZSZNYKXIVGTFPF",
        "G\\KFK[ RKFTFWGXHYJYMXOWPTQKQ",
        "G]PFNGLIKKJNJSKVLXNZP[T[VZXXYVZSZNYKXIVGTFPF RSWY]",
        "G\\KFK[ RKFTFWGXHYJYLXNWOTPKP RRPY[",
        "H\\YIWGTFPFMGKIKKLMMNOOUQWRXSYUYXWZT[P[MZKX",
        "JZRFR[ RKFYF",
        "G]KFKULXNZQ[S[VZXXYUYF",
        "I[JFR[ RZFR[",
        "F^HFM[ RRFM[ RRFW[ R\\FW[",
        "H\\KFY[ RYFK[",
        "I[JFRPR[ RZFRP",
        "H\\YFK[ RKFYF RK[Y[",
        "KYOBOb RPBPb ROBVB RObVb",
        "KYKFY^",
        "KYTBTb RUBUb RNBUB RNbUb",
        "JZPLRITL RMORJWO RRJR[",
        "JZJ]Z]",
        "MWSFRGQIQKRLSKRJ",
        "I\\XMX[ RXPVNTMQMONMPLSLUMXOZQ[T[VZXX",
        "H[LFL[ RLPNNPMSMUNWPXSXUWXUZS[P[NZLX",
        "I[XPVNTMQMONMPLSLUMXOZQ[T[VZXX",
        "I\\XFX[ RXPVNTMQMONMPLSLUMXOZQ[T[VZXX",
        "I[LSXSXQWOVNTMQMONMPLSLUMXOZQ[T[VZXX",
        "MYWFUFSGRJR[ ROMVM",
        "I\\XMX]W`VaTbQbOa RXPVNTMQMONMPLSLUMXOZQ[T[VZXX",
        "I\\MFM[ RMQPNRMUMWNXQX[",
        "NVQFRGSFREQF RRMR[",
        "MWRFSGTFSERF RSMS^RaPbNb",
        "IZMFM[ RWMMW RQSX[",
        "NVRFR[",
        "CaGMG[ RGQJNLMOMQNRQR[ RRQUNWMZM\\N]Q][",
        "I\\MMM[ RMQPNRMUMWNXQX[",
        "I\\QMONMPLSLUMXOZQ[T[VZXXYUYSXPVNTMQM",
        "H[LMLb RLPNNPMSMUNWPXSXUWXUZS[P[NZLX",
        "I\\XMXb RXPVNTMQMONMPLSLUMXOZQ[T[VZXX",
        "KXOMO[ ROSPPRNTMWM",
        "J[XPWNTMQMNNMPNRPSUTWUXWXXWZT[Q[NZMX",
        "MYRFRWSZU[W[ ROMVM",
        "I\\MMMWNZP[S[UZXW RXMX[",
        "JZLMR[ RXMR[",
        "G]JMN[ RRMN[ RRMV[ RZMV[",
        "J[MMX[ RXMM[",
        "JZLMR[ RXMR[P_NaLbKb",
        "J[XMM[ RMMXM RM[X[",
        "KYTBRCQDPFPHQJRKSMSOQQ RRCQEQGRISJTLTNSPORSTTVTXSZR[Q]Q_Ra RQSSUSWRYQZP\\P^Q`RaTb",
        "NVRBRb",
        "KYPBRCSDTFTHSJRKQMQOSQ RRCSESGRIQJPLPNQPURQTPVPXQZR[S]S_Ra RSSQUQWRYSZT\\T^S`RaPb",
        "F^IUISJPLONOPPTSVTXTZS[Q RISJQLPNPPQTTVUXUZT[Q[O",
    ]
}
