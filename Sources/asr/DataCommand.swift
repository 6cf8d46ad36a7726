import ArgumentParser

/// `asr data`: a look at labelled data.
struct DataCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data",
        abstract: "Look at labelled data before it is trained on.",
        discussion: """
            Labelled data is recognised by what is there: a LibriSpeech tree, a Kaldi data folder, a JSON-lines manifest \
            (audio_filepath, text), a CSV or TSV file with a header (Common Voice, DeepSpeech), a .trn file, or a folder of \
            audio files, each with a .txt file of the same name.
            """,
        subcommands: [DataCheckCommand.self, DataStatisticsCommand.self]
    )
}
