import Tensors

/// A parameter of this program's network, and the tensors of a checkpoint that it is made of.
public struct WhisperParameter: Sendable {
    /// As `EncoderDecoder` declares it.
    public let name: String
    public let shape: [Int]
    /// What is joined along the first axis; nil: zeros, as there is no bias of keys.
    private let parts: [CheckpointTensor?]
    private let isConvolution: Bool

    /// The number of elements.
    public var count: Int { shape.reduce(1, *) }

    /// Whether all of it is stored as halves.
    var isHalf: Bool { parts.allSatisfy { $0 == nil || $0?.encoding == .float16 } }

    /// Writes the values, row after row.
    ///
    /// - Parameter target: memory for `count` numbers.
    public func read(into target: UnsafeMutablePointer<Float>) {
        let partCount = count / parts.count
        for (index, part) in parts.enumerated() {
            let start = target + index * partCount
            guard let part else {
                start.update(repeating: 0, count: partCount)
                continue
            }
            guard isConvolution else {
                part.read(into: start)
                continue
            }
            // [output, input, width] -> [output, width, input]
            let (values, inputs, width) = (part.floats, part.shape[1], part.shape[2])
            for output in 0..<part.shape[0] {
                let first = output * inputs * width
                for input in 0..<inputs {
                    for frame in 0..<width {
                        start[first + frame * inputs + input] = values[first + input * width + frame]
                    }
                }
            }
        }
    }

    /// The parameters of a checkpoint, in the order of the network.
    static func all(of checkpoint: WhisperCheckpoint) -> [WhisperParameter] {
        let rows = WhisperTensorNames(checkpoint.dimensions).rows
        var order: [String] = []
        var members: [String: [WhisperTensorNames.Row]] = [:]
        for row in rows {
            if members[row.ours.name] == nil { order.append(row.ours.name) }
            members[row.ours.name, default: []].append(row)
        }
        return order.map { name in
            let rows = members[name]!
            var parts = [CheckpointTensor?](repeating: nil, count: rows[0].ours.count)
            for row in rows { parts[row.ours.part] = checkpoint.tensors[row.huggingFace] }
            var shape = rows[0].shape
            if rows[0].isConvolution { shape = [shape[0], shape[1] * shape[2]] }
            shape[0] *= parts.count
            return WhisperParameter(name: name, shape: shape, parts: parts, isConvolution: rows[0].isConvolution)
        }
    }
}

extension WhisperCheckpoint {
    /// The parameters of this program's network with the values of this checkpoint, in the order of the network.
    public var parameters: [WhisperParameter] { WhisperParameter.all(of: self) }
}
