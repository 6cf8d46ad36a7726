import Configuration

/// The mean of the weights of several models, which often recognises better than any of them; Vaswani et al. 2017, section 6.1,
/// Izmailov et al. 2018.
public enum ModelAverage {
    /// Reads model folders and averages their weights.
    ///
    /// Sums are in double precision, so that the average of equal weights is those weights.
    ///
    /// - Throws: `ModelError` for a folder that is no model, or whose configuration, feature statistics or vocabulary differ
    ///   from the first one's.
    public static func of(_ directories: [String]) throws -> SpeechModel {
        precondition(!directories.isEmpty, "ModelAverage: no models")
        let first = try SpeechModel(directory: directories[0])
        let values = first.network.parameters.values
        var sums = [Double](repeating: 0, count: values.count)
        func add(_ model: SpeechModel) {
            let floats = model.network.parameters.values.floats
            for index in sums.indices { sums[index] += Double(floats[index]) }
        }
        add(first)
        var summaries = [first.description.training]
        for directory in directories.dropFirst() {
            let model = try SpeechModel(directory: directory)
            if let difference = try difference(first, model) {
                throw ModelError(
                    "\(directory): cannot be averaged with \(directories[0]): \(difference); average models of one "
                        + "configuration and vocabulary")
            }
            add(model)
            summaries.append(model.description.training)
        }
        var description = first.description
        description.training = summary(of: summaries)
        description.confidence = nil  // fitted to other weights
        let average = try SpeechModel(description, vocabulary: first.vocabulary)
        try average.network.parameters.allocate()
        let result = average.network.parameters.values.floats
        for index in sums.indices { result[index] = Float(sums[index] / Double(directories.count)) }
        return average
    }

    /// What two models do not share, in words; nil where their weights may be averaged.
    private static func difference(_ first: SpeechModel, _ second: SpeechModel) throws -> String? {
        if let difference = try ConfigurationDifference(first.configuration, second.configuration) {
            return "its \(difference.key) is \(difference.second), not \(difference.first)"
        }
        if first.description.featureNormalization != second.description.featureNormalization {
            return "its features are normalised by other statistics"
        }
        if first.vocabulary != second.vocabulary {
            guard let one = first.characters, let other = second.characters else { return "its vocabulary differs" }
            let (characters, others) = (Set(one.characters), Set(other.characters))
            let more = others.subtracting(characters).sorted().first.map { "it alone has \"\($0)\"" }
            let less = characters.subtracting(others).sorted().first.map { "it lacks \"\($0)\"" }
            return "its vocabulary differs: \(more ?? less ?? "another order")"
        }
        return nil
    }

    /// Data as of all, steps as of the longest run; the dev errors of an average are not known.
    private static func summary(of summaries: [SpeechModel.TrainingSummary?]) -> SpeechModel.TrainingSummary? {
        let known = summaries.compactMap(\.self)
        guard known.count == summaries.count, var summary = known.first,
            known.allSatisfy({ $0.hours == summary.hours && $0.utteranceCount == summary.utteranceCount })
        else { return nil }
        summary.steps = known.map(\.steps).max() ?? 0
        summary.epochs = known.map(\.epochs).max() ?? 0
        summary.devWordErrorRate = nil
        summary.devCharacterErrorRate = nil
        summary.averagedModelCount = known.count
        return summary
    }
}
