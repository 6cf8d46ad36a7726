import Files
import FoundationEssentials
import Models
import Recognition
import Testing
import Training

@Suite("damaged model folders")
struct ModelFolderTests {
    /// Replaces text of `config.json`.
    private static let configurations: [(old: String, new: String, message: String)] = [
        ("{", "oops", "config.json:2: not JSON: "),
        (
            "\"encoderLayerCount\" : 1,", "\"encoderLayerCount\" : 1",
            "not JSON: while parsing a flow mapping that begins on line "
        ),
        ("\"formatVersion\" : 1", "\"formatVersion\" : 2", ": format version 2; this program reads up to version 1"),
        ("\"encoderLayerCount\" : 1", "\"encoderLayerCount\" : 2", "has no tensor encoder.layers.1."),
        (
            "\"encoderLayerCount\" : 1", "\"encoderLayerCount\" : \"a\"",
            "`model.encoderLayerCount`: expected a whole number, found `a`"
        ),
        ("\"encoderLayerCount\" : 1", "\"encoderLayerCount\" : 60000", "it must be from 1 to 256"),
        ("\"modelDimension\" : 16", "\"modelDimension\" : 65536", "the configuration asks for [65536, 240]"),
        ("\"headCount\" : 2", "\"headCount\" : 4", "belongs to a network with 2 heads"),
        ("\"melBinCount\" : 80", "\"melBinCount\" : 40", "for 40 mel bins"),
    ]

    @Test("a configuration that is broken, or belongs to other tensors")
    func configuration() throws {
        try TinyModel.with { tiny in
            let path = "\(tiny.model)/config.json"
            let text = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
            for (old, new, message) in Self.configurations {
                let parts = text.split(separator: old, maxSplits: 1, omittingEmptySubsequences: false)
                try #require(parts.count == 2, "\(old)")
                try tiny.write("model/config.json", Array((parts[0] + new + parts[1]).utf8))
                expectOneLine(try transcribe(tiny), contains: message)
            }
        }
    }

    @Test("missing files", arguments: ["config.json", "vocabulary.json", "model.safetensors"])
    func missing(name: String) throws {
        try TinyModel.with { tiny in
            try FileManager.default.removeItem(atPath: "\(tiny.model)/\(name)")
            expectOneLine(try transcribe(tiny), contains: "\(tiny.model)/\(name): no such file")
            try FileManager.default.createDirectory(
                atPath: "\(tiny.model)/\(name)", withIntermediateDirectories: false)
            expectOneLine(try transcribe(tiny), contains: "\(tiny.model)/\(name): ")
        }
    }

    /// A file of one tensor `a` after another, as in the safetensors format: length of the header, header, data.
    private static func file(_ header: String, dataCount: Int, length: UInt64? = nil) -> [UInt8] {
        let length = length ?? UInt64(header.utf8.count)
        return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + Array(header.utf8)
            + [UInt8](repeating: 0, count: dataCount)
    }

    private static func tensor(_ shape: String, _ offsets: String, type: String = "F32") -> String {
        "{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":\(offsets)}"
    }

    @Test("tensors that lie")
    func tensors() throws {
        try TinyModel.with { tiny in
            let whole = Array(try Data(contentsOf: URL(filePath: "\(tiny.model)/model.safetensors")))
            let (file, tensor) = (Self.file, { Self.tensor($0, $1, type: "F32") })
            let cases: [(bytes: [UInt8], message: String)] = [
                ([], "0 bytes, too short for a header"),
                (Array(whole.dropLast(100)), "claims bytes ["),
                (Array(whole.prefix(100)), "the file has 100"),
                (file("{}", 0, .max), "the header claims 18446744073709551615 bytes"),
                (file("{oops", 0, nil), "is not the JSON it should be"),
                (file("{}", 0, nil), "has no tensor"),
                (
                    file("{\"a\":\(tensor("[2]", "[0,80]"))}", 8, nil),
                    "tensor a claims bytes [0, 80] of 8 bytes of data"
                ),
                (file("{\"a\":\(tensor("[2]", "[-8,0]"))}", 8, nil), "tensor a claims bytes [-8, 0]"),
                (file("{\"a\":\(tensor("[3]", "[0,8]"))}", 8, nil), "tensor a of shape [3] needs 12 bytes, but has 8"),
                (file("{\"a\":\(tensor("[-2]", "[0,8]"))}", 8, nil), "tensor a has the shape [-2]"),
                (
                    file("{\"a\":\(tensor("[2]", "[0,8]")),\"b\":\(tensor("[2]", "[4,12]"))}", 12, nil),
                    "tensor b begins at byte 4 of the data instead of 8"
                ),
                (
                    file("{\"a\":\(tensor("[2]", "[0,8]")),\"a\":\(tensor("[2]", "[0,8]"))}", 8, nil),
                    "names a tensor twice"
                ),
                (file("{\"a\":\(tensor("[2]", "[0,8]"))}", 9, nil), "1 bytes follow the last tensor"),
                (
                    file("{\"a\":\(Self.tensor("[2]", "[0,2]", type: "I8"))}", 2, nil),
                    "has a tensor a that this configuration does not know"
                ),
            ]
            for (bytes, message) in cases {
                try tiny.write("model/model.safetensors", bytes)
                let result = try transcribe(tiny)
                expectOneLine(result, contains: message)
                #expect(result.standardError.contains("\(tiny.model)/model.safetensors: "))
            }
        }
    }

    private func transcribe(_ tiny: TinyModel) throws -> Program.Result {
        try Program.run("transcribe", tiny.clip, "--model", tiny.model)
    }
}
