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

    /// 0x7C00 is infinity, 0xFC00 minus infinity, 0x7E00 NaN; 0x7BFF is 65504, the largest number.
    @Test(arguments: [(0x7C00, "inf"), (0xFC00, "-inf"), (0x7E00, "nan"), (0x7BFF, nil)] as [(UInt16, String?)])
    func halvesThatAreNoNumbers(bits: UInt16, name: String?) throws {
        let header = #"{"h":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}"#
        var content = Data((0..<8).map { UInt8(truncatingIfNeeded: header.utf8.count >> (8 * $0)) })
        content.append(contentsOf: header.utf8)
        content.append(contentsOf: [0, 0, UInt8(bits & 0xFF), UInt8(bits >> 8)])
        let file = try SafeTensors(path: file(content))
        guard let name else {
            #expect(try file.weights("h", shape: [2]).operand(.float32).values == [0, 65_504])
            return
        }
        let error = #expect(throws: ModelError.self) { try file.weights("h", shape: [2]) }
        #expect(error?.description.contains("value 1 of tensor h is \(name);") == true)
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
        ("has the type Q7", #"{"a":{"dtype":"Q7","shape":[1],"data_offsets":[0,8]}}"#, 8),
        ("within a byte", #"{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,2]}}"#, 2),
        ("needs 8 bytes", #"{"a":{"dtype":"I64","shape":[1],"data_offsets":[0,4]}}"#, 4),
        (
            "twice",
            #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"\u0061":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
            4
        ),
        ("not the JSON", #"{"__metadata__":{"x":1}}"#, 0),
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

    // Every type of the format may stand in a file; only who asks for numbers of another type than weights have gets an error.
    @Test func otherTypesAreNoDamage() throws {
        let header =
            #"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"position":{"dtype":"I64","shape":[2],"data_offsets":[4,20]},"#
            + #""mask":{"dtype":"BOOL","shape":[3],"data_offsets":[20,23]},"small":{"dtype":"F4","shape":[4],"data_offsets":[23,25]}}"#
        let file = try SafeTensors(path: file(header: header, dataCount: 25))
        #expect(file.entries.map(\.elementType) == ["F32", "I64", "BOOL", "F4"])
        #expect(try file.weights("w", shape: [1]).operand(.float32).values == [0])
        let error = #expect(throws: ModelError.self) { try file.weights("position", shape: [2]) }
        #expect(error?.description.contains("tensor position has the type I64") == true)
    }

    // Texts of metadata are texts, whatever their names.
    @Test func metadataWithTheNamesOfTensorKeys() throws {
        let texts = ["dtype": "F32", "shape": "[1]", "data_offsets": "a \"data_offsets\": {x", "}": "\\"]
        let path = try file(SafeTensors.data([("a", Tensor([1], shape: [1]))], metadata: texts))
        #expect(try SafeTensors(path: path).metadata == texts)
    }

    // Values that lie at a multiple of 64 bytes are not copied; what is written lies so, but for what comes behind odd sizes.
    @Test func valuesAreViewsOfTheFile() throws {
        let (odd, bias) = (Tensor.random([3], seed: 1), Tensor.random([5], seed: 2))
        let (matrix, half) = (
            Tensor.random([4, 16], seed: 3), Tensor.random([2, 32], seed: 4).converted(to: .bfloat16)
        )
        let path = try file(SafeTensors.data([("odd", odd), ("matrix", matrix), ("bias", bias), ("half", half)]))
        let file = try SafeTensors(path: path)
        #expect(file.entries.map(\.name) == ["matrix", "half", "odd", "bias"])
        func read(_ name: String, _ type: ElementType, shape: [Int]) throws -> Tensor {
            let first = try #require(try file.weights(name, shape: shape).stored(as: type))
            let second = try #require(try file.weights(name, shape: shape).stored(as: type))
            #expect((first.pointer == second.pointer) == (name != "bias"), "\(name)")
            return first
        }
        #expect(try read("matrix", .float32, shape: [4, 16]).values == matrix.values)
        #expect(try read("half", .bfloat16, shape: [2, 32]).values == half.values)
        #expect(try read("odd", .float32, shape: [3]).values == odd.values)
        #expect(try read("bias", .float32, shape: [5]).values == bias.values)
    }

    // Numbers of bfloat16 that lie anywhere else are read where they lie, and no copy stays: 0x3F80 is 1, 0xC020 is -2.5, 0x7F80 infinity.
    @Test(arguments: [nil, "inf", "nan"]) func unalignedBFloat16(bad: String?) throws {
        var header = #"{"h":{"dtype":"BF16","shape":[3,1],"data_offsets":[0,6]}}"#
        while (8 + header.utf8.count) % 64 != 2 { header += " " }
        var content = Data((0..<8).map { UInt8(truncatingIfNeeded: header.utf8.count >> (8 * $0)) })
        content.append(contentsOf: header.utf8)
        let last: [UInt8] = bad == nil ? [0, 0] : bad == "inf" ? [0x80, 0x7F] : [0xC0, 0x7F]
        content.append(contentsOf: [0x80, 0x3F, 0x20, 0xC0] + last)
        let file = try SafeTensors(path: file(content))
        guard let bad else {
            let weights = try file.weights("h", shape: [3, 1])
            guard case .file = weights else { return #expect(Bool(false), "\(weights)") }
            #expect(weights.operand(.float32).values == [1, -2.5, 0])
            #expect(weights.operand(.bfloat16).converted(to: .float32).values == [1, -2.5, 0])
            #expect(weights.rows([1, 0]).values == [-2.5, 1])
            return
        }
        let error = #expect(throws: ModelError.self) { try file.weights("h", shape: [3, 1]) }
        #expect(error?.description.contains("value 2 of tensor h is \(bad)") == true)
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
