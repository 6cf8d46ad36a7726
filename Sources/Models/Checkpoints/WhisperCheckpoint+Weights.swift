import CKernels
import Tensors

extension WhisperCheckpoint {
    /// Writes the parameters as a `model.safetensors` of this program, one after the other: beside the mapped files, memory is needed for
    /// the largest tensor alone.
    ///
    /// A parameter is stored as F16 if each of its values survives that, otherwise as F32. So every layout gives the same file from the
    /// same values.
    ///
    /// - Throws: `ModelError` naming a value that is NaN or infinite; `FileWriteError`.
    public func writeWeights(to path: String, metadata: [String: String] = [:]) throws {
        let parameters = parameters
        let scratch = Scratch(count: parameters.map(\.count).max() ?? 0)
        var tensors: [SafeTensors.Declaration] = []
        for parameter in parameters {
            let isHalf = parameter.isHalf || scratch.survivesHalf(parameter)
            tensors.append(
                .init(name: parameter.name, elementType: isHalf ? .float16 : .float32, shape: parameter.shape))
        }
        let byName = Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0) })
        try SafeTensors.write(tensors, metadata: metadata, to: path) { tensor, append in
            let parameter = byName[tensor.name]!
            parameter.read(into: scratch.floats)
            try checkFinite(parameter, scratch.floats)
            guard tensor.elementType == .float16 else {
                return try append(UnsafeRawBufferPointer(start: scratch.floats, count: 4 * parameter.count))
            }
            _ = Kernels.table.half_from_float(scratch.halves, scratch.floats, Int64(parameter.count))
            try append(UnsafeRawBufferPointer(start: scratch.halves, count: 2 * parameter.count))
        }
    }

    private func checkFinite(_ parameter: WhisperParameter, _ values: UnsafePointer<Float>) throws(ModelError) {
        for index in 0..<parameter.count where !values[index].isFinite {
            throw ModelError(
                "\(path): value \(index) of \(parameter.name) is \(values[index]); the file is damaged: get it again")
        }
    }
}

/// Memory for the values of one tensor, and for the same as halves.
private final class Scratch {
    let floats: UnsafeMutablePointer<Float>
    let halves: UnsafeMutablePointer<UInt16>

    init(count: Int) {
        floats = .allocate(capacity: count)
        halves = .allocate(capacity: count)
    }

    deinit {
        floats.deallocate()
        halves.deallocate()
    }

    /// Whether all values are halves, bit for bit.
    func survivesHalf(_ parameter: WhisperParameter) -> Bool {
        parameter.read(into: floats)
        return Kernels.table.half_from_float(halves, floats, Int64(parameter.count))
    }
}
