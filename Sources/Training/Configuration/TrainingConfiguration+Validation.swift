import Datasets
import Models

extension TrainingConfiguration {
    /// Refuses what cannot work, before any data is read; messages name the key as it stands in the YAML file.
    func validate() throws {
        do { try model.validate() } catch { throw TrainingError("model.\(error)") }
        do { try augmentation.validate() } catch { throw TrainingError("augmentation.\(error)") }
        if data.train.isEmpty { throw TrainingError("no training data: name it with --train or data.train") }
        if data.dev.isEmpty { throw TrainingError("no dev data: name it with --dev or data.dev") }
        if initialization.model.isEmpty && !initialization.frozen.isEmpty {
            throw TrainingError(
                "initialization.frozen is \(initialization.frozen), but random weights that are frozen are useless; name "
                    + "a model with --init or initialization.model, or leave the key out")
        }
        if initialization.model.isEmpty && !initialization.parts.isEmpty {
            throw TrainingError(
                "initialization.parts is \(initialization.parts.map(\.rawValue)), but no model is named; name it with --init or "
                    + "initialization.model, or leave the key out")
        }
        if initialization.minimumTokenCount > 0 && initialization.parts.isEmpty {
            throw TrainingError(
                "initialization.minimumTokenCount is \(initialization.minimumTokenCount), but it is for parts of a Whisper model, whose tokens "
                    + "it chooses from; name them in initialization.parts, or leave the key out")
        }
        if initialization.minimumTokenCount == 0 && !initialization.vocabularyText.isEmpty {
            throw TrainingError(
                "initialization.vocabularyText names text whose tokens are counted, but initialization.minimumTokenCount is 0; set it, or leave "
                    + "the key out")
        }
        if model.transformer.adapterRank > 0 && (initialization.model.isEmpty || !initialization.parts.isEmpty) {
            throw TrainingError(
                "model.transformer.adapterRank is \(model.transformer.adapterRank), but adapters learn beside weights that stay; "
                    + "begin with a whole model (--init), or leave the key out")
        }
        if initialization.frozen.isEmpty && initialization.frozenSteps != 0 {
            throw TrainingError(
                "initialization.frozenSteps is \(initialization.frozenSteps), but nothing is frozen; name it in "
                    + "initialization.frozen, or leave the key out")
        }
        for (index, source) in data.train.enumerated() where !(source.weight > 0 && source.weight <= 100) {
            throw TrainingError(
                "data.train[\(index)].weight is \(source.weight); it must be above 0 and at most 100 (\(source.path))")
        }
        try SettingCheck.whole("data.minimumCharacterCount", data.minimumCharacterCount, 1...Int.max)
        try SettingCheck.whole("data.memoryLimit", data.memoryLimit, 0...1_000_000_000)
        try SettingCheck.whole("initialization.minimumTokenCount", initialization.minimumTokenCount, 0...1_000_000_000)
        try SettingCheck.whole("initialization.frozenSteps", initialization.frozenSteps, 0...1_000_000_000)
        try SettingCheck.whole("stopping.epochs", stopping.epochs, 1...1_000_000_000)
        try SettingCheck.whole("stopping.evaluationInterval", stopping.evaluationInterval, 1...Int.max)
        try SettingCheck.whole("stopping.patience", stopping.patience, 0...Int.max)
        try SettingCheck.whole("stopping.cooldownEpochs", stopping.cooldownEpochs, 0...stopping.epochs)
        try SettingCheck.whole("stopping.keepBest", stopping.keepBest, 0...1_000)
        try SettingCheck.whole("evaluation.beamSize", evaluation.beamSize, 1...100)
        try SettingCheck.whole("evaluation.maximumUtterances", evaluation.maximumUtterances, 0...Int.max)
        try SettingCheck.whole("batches.maximumFramesPerBatch", batches.maximumFramesPerBatch, 1...Int.max)
        try SettingCheck.whole("batches.maximumFramesPerMicroBatch", batches.maximumFramesPerMicroBatch, 1...Int.max)
        try SettingCheck.whole("batches.epochsFromShortToLong", batches.epochsFromShortToLong, 0...Int.max)
        try SettingCheck.whole("batches.minimumFrameCount", batches.minimumFrameCount, 0...Int.max)
        try SettingCheck.whole("batches.maximumFrameCount", batches.maximumFrameCount, 1...Int.max)
        try SettingCheck.isBelowOne("batches.joinedShare", batches.joinedShare)
        try SettingCheck.isAboveZero("batches.bucketWidth", batches.bucketWidth)
        try optimizer.validate()
        try schedule.validate()
        try SettingCheck.isNotNegative("checkpointMinutes", checkpointMinutes)
        try SettingCheck.isBelowOne("loss.ctcWeight", loss.ctcWeight)
        try SettingCheck.isBelowOne("loss.labelSmoothing", loss.labelSmoothing)
        let intermediate = loss.intermediateCTCLayers
        guard intermediate.allSatisfy({ (1..<model.encoderLayerCount).contains($0) }),
            Set(intermediate).count == intermediate.count
        else {
            throw TrainingError(
                "loss.intermediateCTCLayers is \(intermediate); it must be different layers before the last, from 1 to "
                    + "\(model.encoderLayerCount - 1)")
        }
        try SettingCheck.isFraction("loss.intermediateCTCWeight", loss.intermediateCTCWeight)
        try SettingCheck.isFraction("evaluation.ctcWeight", evaluation.ctcWeight)
        try SettingCheck.isFraction("loss.scheduledSampling", loss.scheduledSampling)
        if !model.hasCTCOutput, loss.ctcWeight > 0 {
            throw TrainingError(
                "loss.ctcWeight is \(loss.ctcWeight), but with model.hasCTCOutput false there is no CTC output; set it to 0, "
                    + "and evaluation.ctcWeight too")
        }
        try checkPositions()
        // What is frozen as a whole needs not be learned.
        let keepsCTC = Set(["subsampling", "encoder", "ctc_output"]).isSubset(of: initialization.frozen)
        if loss.ctcWeight == 0 && evaluation.beamSize > 1 && evaluation.ctcWeight > 0 && !keepsCTC {
            throw TrainingError(
                "evaluation.ctcWeight is \(evaluation.ctcWeight), but with loss.ctcWeight 0 the CTC output learns nothing; "
                    + "set evaluation.ctcWeight to 0 too")
        }
        try SettingCheck.isSupported(precision)
    }

    /// Learned positions must reach to the end of the longest utterance, as the slowest speed makes it.
    private func checkPositions() throws {
        guard let frameCount = model.longestFrameCount else { return }
        let slowest = augmentation.speedFactors.min() ?? 1
        let silence = model.frontend.silenceInSeconds / model.frontend.hopInSeconds
        let longest = ((Double(batches.maximumFrameCount) - silence) / slowest + silence).rounded(.up)
        if longest > Double(frameCount) {
            throw TrainingError(
                "batches.maximumFrameCount is \(batches.maximumFrameCount)"
                    + (slowest < 1 ? ", which the speed \(slowest) makes \(Int(longest))" : "")
                    + ", but model.encoder.positionCount \(model.encoder.positionCount) is enough for only \(frameCount) frames; "
                    + "lower the first or raise the second")
        }
    }
}
