import ArgumentParser
import Models
import Recognition

/// What counts as speech, by the names that users of voice activity detectors know.
struct VoiceActivityArguments: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Lowest probability of speech, 0 to 1; what is less probable is left out. 0: nothing is left out.",
            valueName: "p"
        ))
    var vadThreshold = VoiceActivityOptions().threshold

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Pauses shorter than this do not end a stretch of speech.", valueName: "s"))
    var minSilence = VoiceActivityOptions().minimumSilenceInSeconds

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("How much is kept before and after each stretch of speech.", valueName: "s"))
    var speechPad = VoiceActivityOptions().paddingInSeconds

    func validate() throws {
        guard (0...1).contains(vadThreshold) else { throw ValidationError("--vad-threshold must be from 0 to 1.") }
        guard minSilence >= 0, minSilence.isFinite else {
            throw ValidationError("--min-silence must be a number of seconds, 0 or more.")
        }
        guard speechPad >= 0, speechPad.isFinite else {
            throw ValidationError("--speech-pad must be a number of seconds, 0 or more.")
        }
    }

    /// What finds speech; nil where everything is heard.
    ///
    /// - Throws: `BuiltInModelError` where there is none; `ModelError`.
    func detector() throws -> VoiceActivityModel? { vadThreshold == 0 ? nil : try .builtIn() }

    /// The options of the library.
    var options: VoiceActivityOptions {
        var options = VoiceActivityOptions()
        options.threshold = vadThreshold
        options.minimumSilenceInSeconds = minSilence
        options.paddingInSeconds = speechPad
        return options
    }
}
