import Files
import FoundationEssentials
import Models
import Tensors
import TestSupport
import Testing

@Suite struct SafeTensorsTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func file(_ content: Data) throws -> String {
        try folder.write("model.safetensors", bytes: Array(content))
    }

    /// A file with this header and this many bytes of data.
    private func file(header: String, dataCount: Int) throws -> String {
        var content = Data((0..<8).map { UInt8(truncatingIfNeeded: header.utf8.count >> (8 * $0)) })
        content.append(contentsOf: header.utf8)
        content.append(Data(count: dataCount))
        return try file(content)
    }

    @Test func readsBackWhatItWrites() throws {
        let a = Tensor([1, -2.5, 3, 4, 5, 6], shape: [2, 3])
        let b = Tensor([0.5], shape: [1]).converted(to: .bfloat16)
        let path = try file(SafeTensors.data([("a", a), ("b", b)], metadata: ["key": "value"]))
        let file = try SafeTensors(path: path)
        #expect(file.entries.map(\.name) == ["a", "b"])
        #expect(file.entries.map(\.elementType) == ["F32", "BF16"])
        #expect(file.metadata == ["key": "value"])
        let (x, y) = (Tensor(zeros: [2, 3]), Tensor(zeros: [1]))
        try file.read("a", into: x)
        try file.read("b", into: y)
        #expect(x.values == a.values)
        #expect(y.values == [0.5])
    }

    /// 0x3C00 is 1, 0xC000 is -2, 0x0001 the smallest positive number 2^-24 (IEEE 754 binary16).
    @Test func readsHalfPrecision() throws {
        let header = #"{"h":{"dtype":"F16","shape":[3],"data_offsets":[0,6]}}"#
        var content = Data((0..<8).map { UInt8(truncatingIfNeeded: header.utf8.count >> (8 * $0)) })
        content.append(contentsOf: header.utf8)
        content.append(contentsOf: [0x00, 0x3C, 0x00, 0xC0, 0x01, 0x00])
        let values = Tensor(zeros: [3])
        try SafeTensors(path: file(content)).read("h", into: values)
        #expect(values.values == [1, -2, 0x1p-24])
    }

    @Test(arguments: [
        ("claims bytes", #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,80]}}"#, 8),
        ("needs 8 bytes", #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4),
        (
            "begins at byte 4",
            #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
            8
        ),
        ("follow the last tensor", #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 8),
        ("begins at byte 4", #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8),
        ("has the type I64", #"{"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}"#, 8),
        ("shape", #"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4),
        ("shape", #"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}}"#, 4),
        ("claims bytes", #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, 4),
        ("not the JSON", #"{"a":"#, 0),
        ("not the JSON", #"[]"#, 0),
    ])
    func refusesFilesThatContradictThemselves(reason: String, header: String, dataCount: Int) throws {
        let path = try file(header: header, dataCount: dataCount)
        let error = #expect(throws: ModelError.self) { try SafeTensors(path: path) }
        let text = error?.description ?? ""
        #expect(text.contains(path))
        #expect(text.contains(reason), "\(text)")
    }

    @Test func refusesShortAndEndlessHeaders() throws {
        for bytes in [[UInt8](), [1, 2, 3], [255, 255, 255, 255, 255, 255, 255, 127], [100, 0, 0, 0, 0, 0, 0, 0]] {
            let path = try file(Data(bytes))
            #expect(throws: ModelError.self) { try SafeTensors(path: path) }
        }
        #expect(throws: ModelError.self) { try SafeTensors(path: "/nonexistent/model.safetensors") }
    }

    @Test func refusesMissingTensorsOtherShapesAndNaN() throws {
        let path = try file(SafeTensors.data([("a", Tensor([1, .nan], shape: [2]))]))
        let file = try SafeTensors(path: path)
        #expect(throws: ModelError.self) { try file.read("b", into: Tensor(zeros: [2])) }
        #expect(throws: ModelError.self) { try file.read("a", into: Tensor(zeros: [3])) }
        let error = #expect(throws: ModelError.self) { try file.read("a", into: Tensor(zeros: [2])) }
        #expect(error?.description.contains("value 1 of tensor a") == true)
    }
}
