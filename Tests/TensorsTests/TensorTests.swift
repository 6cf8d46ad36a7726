import Tensors
import TestSupport
import Testing

@Suite struct TensorTests {
    @Test func shapeAndValues() {
        let tensor = Tensor([1, 2, 3, 4, 5, 6], shape: [1, 2, 3])
        #expect(tensor.count == 6)
        #expect(tensor.rowCount == 2)
        #expect(tensor.columnCount == 3)
        #expect(tensor.values == [1, 2, 3, 4, 5, 6])
        #expect(tensor.elementType == .float32)
        #expect(Int(bitPattern: tensor.pointer) % 64 == 0)
    }

    @Test(arguments: [ElementType.float32, .bfloat16]) func zeros(type: ElementType) {
        // Memory that was in use is not zero by itself.
        for _ in 0..<4 { _ = Tensor.random([5, 7], seed: 1).converted(to: type) }
        let tensor = Tensor(zeros: [5, 7], type)
        #expect(tensor.elementType == type)
        #expect(tensor.values == Array(repeating: 0, count: 35))
    }

    // A scalar has no axes and one element; an axis of size 0 leaves none.
    @Test func degenerateShapes() {
        #expect(Tensor([5], shape: []).values == [5])
        #expect(Tensor([5], shape: []).rowCount == 1)
        #expect(Tensor([5], shape: []).columnCount == 1)
        #expect(Tensor([], shape: [3, 0]).values == [])
        #expect(Tensor(zeros: [0, 4]).rowCount == 0)
    }

    @Test func viewsShareMemory() {
        let tensor = Tensor([1, 2, 3, 4, 5, 6], shape: [3, 2])
        let rows = tensor.rows(1..<3)
        let reshaped = rows.reshaped([4])
        #expect(rows.shape == [2, 2])
        #expect(rows.values == [3, 4, 5, 6])
        #expect(rows.rows(1..<2).values == [5, 6])
        tensor.floats[4] = 50
        #expect(reshaped.values == [3, 4, 50, 6])
        #expect(tensor.rows(3..<3).values == [])
    }

    // Asked of a tensor that is not used afterwards: the optimiser may keep a copy for a later use.
    @Test func uniqueReferences() {
        var alone = Tensor([1, 2], shape: [2])
        let isAlone = alone.isUniquelyReferenced()
        #expect(isAlone)
        var shared = Tensor([1, 2], shape: [2])
        let view = shared.rows(0..<1)
        let isShared = !shared.isUniquelyReferenced()
        #expect(isShared)
        withExtendedLifetime(view) {}
    }

    // 1 + 2^-7 is a bfloat16; 1 + 2^-8 lies half-way between it and 1, which is even.
    @Test func conversions() {
        let tensor = Tensor([1 + 0x1p-7, 1 + 0x1p-8, -3, .infinity, .nan, 0], shape: [2, 3])
        let rounded = tensor.converted(to: .bfloat16)
        #expect(rounded.shape == [2, 3])
        #expect(rounded.elementType == .bfloat16)
        expectClose(rounded.values, [1 + 0x1p-7, 1, -3, .infinity, .nan, 0])
        expectClose(rounded.converted(to: .float32).values, rounded.values)
        #expect(tensor.converted(to: .float32).storage === tensor.storage, "nothing to convert")
        expectClose(rounded.rows(1..<2).converted(to: .float32).values, [.infinity, .nan, 0], "from an offset on")
    }

    // 2^60 elements are 2^62 bytes, more than any machine has; 2^62 are more bytes than a number holds.
    @Test func sizesFromOutside() throws {
        #expect(throws: AllocationError(byteCount: 1 << 62)) { try Tensor(checked: [1 << 30, 1 << 30]) }
        #expect(throws: AllocationError(byteCount: nil)) { try Tensor(checked: [1 << 31, 1 << 31]) }
        #expect(throws: AllocationError(byteCount: nil)) { try Tensor(checked: [-1]) }
        #expect(try Tensor(checked: [2, 3], .bfloat16).shape == [2, 3])
    }

    // 2^62 bytes are more than any machine has: where nothing can be thrown, the program ends and says why.
    @Test func noMemoryLeftIsSaid() async throws {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor(uninitialized: [1 << 30, 1 << 30])
        }
        let message = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
        #expect(message.contains("no memory left for \(1 << 62) bytes"))
    }

    // A view of a file has its bytes, from an offset on, also when the file has been replaced.
    @Test func viewsOfAFile() throws {
        let folder = try TemporaryFolder()
        let bytes = [Float(1), 2, 3].withUnsafeBytes { Array($0) }
        let path = try folder.write("numbers", bytes: bytes)
        let file = try #require(MappedFile(path: path))
        let tensor = Tensor(storage: Storage(file: file, offset: 4), shape: [2])
        #expect(tensor.values == [2, 3])
        #expect(WeightStorage(tensor).stored(as: .float32)?.storage === tensor.storage)
        #expect(WeightStorage(tensor).stored(as: .bfloat16) == nil)
        #expect(WeightStorage(tensor).operand(.bfloat16).values == [2, 3])
        #expect(MappedFile(path: folder.path) == nil && MappedFile(path: path + "x") == nil)
        #expect(try MappedFile(path: folder.write("empty", bytes: []))?.bytes.count == 0)
    }
}
