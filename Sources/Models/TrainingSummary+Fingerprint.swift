import FoundationEssentials
import Numerics

extension SpeechModel.Description {
    /// A short name for how the model was trained and with what result: written into the file of the weights as well, so that
    /// figures are never shown for weights that they do not belong to.
    var trainingFingerprint: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            var fingerprint = Fingerprint()
            fingerprint.add(try encoder.encode(training))
            return fingerprint.description
        }
    }
}
