import Text

extension SpeechModel {
    /// What labels and texts go through before they are compared: nothing where the model writes what its labels became for it; Whisper
    /// may write the same words in more than one way, and so may a model of pieces of words whose labels have capitals and punctuation.
    ///
    /// - Parameter language: code or name of what is spoken, where a multilingual model is told.
    public func scoringNormalizer(language: String? = nil) -> TextNormalizer {
        let writesMarks = configuration.labelNormalizer == .none && vocabulary.bytePairs != nil
        guard whisper != nil || writesMarks else { return .none }
        return switch WhisperLanguage(language ?? configuration.language)?.code {
        case "en": .english
        case "zh": .chinese
        default: .basic
        }
    }
}
