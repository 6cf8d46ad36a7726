import Models
import Testing

/// What texts go through before they are compared with labels.
@Suite struct SpeechModelScoringTests {
    @Test func whisperModelsAreScoredByTheRulesOfTheirLanguage() throws {
        let whisper = try SpeechModel(directory: BuiltInModel.directory())
        #expect(whisper.scoringNormalizer() == .english)
        #expect(whisper.scoringNormalizer(language: "zh") == .chinese)
        #expect(whisper.scoringNormalizer(language: "Mandarin") == .chinese)
        #expect(whisper.scoringNormalizer(language: "de") == .basic)
    }

    @Test func modelsThatWriteWhatTheyLearnedAreScoredAsTheyAre() throws {
        let model = try SpeechModel(directory: BuiltInModel.directory(named: "english-small"))
        #expect(model.scoringNormalizer() == .none)
    }

    @Test func modelsThatWriteCapitalsAndPunctuationAreScoredAsWhisper() throws {
        let model = try SpeechModel(directory: BuiltInModel.directory(named: "english"))
        #expect(model.whisper == nil && model.scoringNormalizer() == .english)
    }
}
