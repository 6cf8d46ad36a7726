import ArgumentParser

/// `asr data`: a look at labelled data.
struct DataCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data",
        abstract: "Check and count labelled data before training, or label recordings that have none.",
        discussion: """
            The layout of labelled data is recognised by its files: a LibriSpeech tree, a Kaldi data folder, a JSON-lines manifest \
            (audio_filepath, text), a CSV or TSV file with a header (Common Voice, DeepSpeech), a .trn file, or a folder of \
            audio files, each with a .txt file of the same name.
            """,
        subcommands: [DataCheckCommand.self, DataStatisticsCommand.self, DataLabelCommand.self]
    )
}
