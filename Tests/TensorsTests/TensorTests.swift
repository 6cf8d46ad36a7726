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
}
