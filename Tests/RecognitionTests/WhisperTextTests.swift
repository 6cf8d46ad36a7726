import Recognition
import Testing

/// Which texts of a window are taken for silence.
@Suite struct WhisperTextTests {
    private func text(_ logProbability: Double, noSpeech: Double, temperature: Float = 0) -> WhisperText {
        WhisperText(
            tokens: [1], averageLogProbability: logProbability, noSpeechProbability: noSpeech, compressionRatio: 1,
            temperature: temperature, isComplete: true)
    }

    // openai/whisper, `transcribe.py`: above `no_speech_threshold` (0.6), unless the text is above `logprob_threshold` (-1).
    @Test func silenceAsInWhisper() {
        let options = WhisperOptions()
        #expect(text(-1.5, noSpeech: 0.61).isSilence(options))
        #expect(!text(-0.5, noSpeech: 0.99).isSilence(options))
        #expect(!text(-1.5, noSpeech: 0.59).isSilence(options))
        #expect(!text(-1.5, noSpeech: 0.59, temperature: 0.8).isSilence(options))
    }

    // At the last temperature a smaller doubt is enough; a text that became probable there stays.
    @Test func madeUpAtTheLastTemperature() {
        var options = WhisperOptions()
        #expect(text(-1.5, noSpeech: 0.55, temperature: 1).isSilence(options))
        #expect(!text(-1.5, noSpeech: 0.45, temperature: 1).isSilence(options))
        #expect(!text(-0.5, noSpeech: 0.55, temperature: 1).isSilence(options))
        #expect(text(-2.1, noSpeech: 0.1, temperature: 1).isSilence(options))
        #expect(!text(-2.1, noSpeech: 0.1, temperature: 0.8).isSilence(options))
        // Who asked for one temperature alone gets what it says.
        options.temperatures = [1]
        #expect(!text(-1.5, noSpeech: 0.55, temperature: 1).isSilence(options))
    }

    @Test func thresholdsThatAreSwitchedOff() {
        var options = WhisperOptions()
        options.logProbabilityThreshold = nil
        #expect(text(-0.1, noSpeech: 0.7).isSilence(options))
        options.noSpeechThreshold = nil
        #expect(!text(-5, noSpeech: 1, temperature: 1).isSilence(options))
    }
}
