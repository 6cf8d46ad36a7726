/// A dense, row-major array of numbers in a file that is mapped into memory, in a format that nothing is multiplied with as it is.
public protocol StoredNumbers: Sendable {
    var shape: [Int] { get }

    /// The numbers of rows `rows` of the outermost axis, as float32; a number without axes is one row.
    ///
    /// - Parameter target: memory for them.
    func read(rows: Range<Int>, into target: UnsafeMutablePointer<Float>)

    /// Lets the system take back the memory of the file: the numbers are read from it again when they are needed.
    func release()
}

extension StoredNumbers {
    public var count: Int { shape.reduce(1, *) }

    /// All numbers as float32, in new memory. Those of the file are given back to the system.
    ///
    /// - Throws: `AllocationError` if there is no memory left for it.
    public func floats() throws(AllocationError) -> Tensor {
        let result = try Tensor(checked: shape)
        read(rows: 0..<(shape.first ?? 1), into: result.floats)
        release()
        return result
    }
}
