import Models
import NeuralNetwork
import Tensors

extension TrainingBenchmark {
    /// Refuses sizes that surely do not fit into this machine's memory.
    ///
    /// - Parameters:
    ///   - frameCount: of an utterance.
    ///   - microBatchSize: utterances that are worked on at once by one thread.
    /// - Throws: `TrainingError` with what is needed and what there is.
    func checkMemory(_ network: EncoderDecoder, frameCount: Int, microBatchSize: Int, threadCount: Int) throws {
        let microBatchCount = (workload.batchSize + microBatchSize - 1) / microBatchSize
        let tapeCount = min(threadCount, microBatchCount)
        // Values, two moments and the gradients of micro-batches in float32; where products are bfloat16, values in that too.
        let copies = 4.0 * Double(3 + tapeCount) + (workload.precision == .bfloat16 ? 2 : 0)
        let features =
            4.0 * Double(workload.batchSize) * Double(frameCount)
            * Double(workload.model.frontend.melBinCount)
        let bytes =
            Double(network.parameters.flatCount) * copies + features
            + Double(tapeCount * microBatchSize)
            * tapeByteCount(frameCount: frameCount, positionCount: network.positionCount(frameCount: frameCount))
        try MachineMemory.require(
            bytes,
            toTrain: "\(network.parameters.parameterCount) parameters with \(workload.batchSize) utterances of "
                + "\(workload.utteranceInSeconds) s",
            remedy: "choose a smaller model, or less of --batch, --seconds, --characters or --micro-batch-frames")
    }

    /// Bytes that a tape keeps of one utterance for the backward pass; an estimate from below.
    private func tapeByteCount(frameCount: Int, positionCount: Int) -> Double {
        let transformer = workload.model.transformer
        let (d, f) = (Double(transformer.modelDimension), Double(transformer.feedForwardDimension))
        let heads = Double(transformer.headCount)
        let (t, u) = (Double(positionCount), Double(workload.characterCount + 1))
        let layers = (Double(workload.model.encoderLayerCount), Double(workload.model.decoderLayerCount))
        // Normalised inputs, queries, keys, values, context, outputs and residual streams; attention weights.
        // Of an LSTM gates, cells and outputs; of one that attends contexts, queries and attention weights, and keys.
        let encoder =
            workload.model.encoder.layer == .lstm
            ? layers.0 * t * 6 * d : layers.0 * t * (9 * d + f + heads * t)
        let decoder =
            workload.model.decoder.layer == .lstm
            ? layers.1 * u * 6 * d + u * (3 * d + t) + t * d
            : layers.1 * (u * (14 * d + f + heads * (u + t)) + 2 * t * d)
        let elements = encoder + decoder + u * Double(workload.vocabularySize)
        return elements * Double(workload.precision.elementType.byteCount)
    }
}
