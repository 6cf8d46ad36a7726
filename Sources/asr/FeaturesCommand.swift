import ArgumentParser
import Audio
import Datasets
import Files
import FoundationEssentials
import Training

extension FrontendConfiguration.Kind: ExpressibleByArgument {}

/// `asr features`: what a model hears of a recording.
struct FeaturesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "features",
        abstract: "Write the log-mel spectrogram of a recording, as numbers or as a picture.",
        discussion: """
            Example: asr features speech.flac --output speech.png

            A .npy file holds float32 of shape [frame, mel bin], 100 frames a second, for numpy.load. A .png file is a \
            picture with time in seconds, frequency in Hz and level in dB. The recording is resampled to 16 kHz first.
            """)

    @Argument(help: ArgumentHelp("The recording; - is standard input.", valueName: "file"))
    var file: String

    @Option(
        name: [.long, .customShort("o")],
        help: ArgumentHelp("Where to write; its name ends in .npy (numbers) or .png (picture).", valueName: "file"))
    var output: String

    @Option(help: "How features are computed: as openai/whisper does, or as Kaldi does.")
    var kind = FrontendConfiguration.Kind.whisper

    @Option(parsing: .unconditional, help: ArgumentHelp("Number of mel bins.", valueName: "n"))
    var melBins = 80

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The channel to read, counted from 1 (default: the mean of all).", valueName: "n"))
    var channel: Int?

    @OptionGroup var augmentation: AugmentationOptions

    private var frontend: FrontendConfiguration { FrontendConfiguration(kind: kind, melBinCount: melBins) }
    private var isPicture: Bool { output.lowercased().hasSuffix(".png") }

    func validate() throws {
        guard isPicture || output.lowercased().hasSuffix(".npy") else {
            throw ValidationError("--output \(output): the name must end in .npy or .png.")
        }
        guard frontend.melBinCounts.contains(melBins) else {
            throw ValidationError("--mel-bins \(melBins): must be from 1 to \(frontend.melBinCounts.upperBound).")
        }
        if let channel, channel < 1 { throw ValidationError("--channel \(channel): channels are counted from 1.") }
    }

    func run() throws {
        if isSameFile(file, output) {
            throw ValidationError("--output \(output): that is the recording itself; name another file.")
        }
        let augmentation = try augmentation.augmentation(sampleRate: frontend.sampleRate)
        var waveform = try AudioFile.waveform(path: file, sampleRate: frontend.sampleRate, channel: channel)
        if let augmentation { waveform = try augmentation.waveform(waveform, id: file, epoch: 0) }
        var spectrogram = try LogMelSpectrogram(configuration: frontend)(waveform)
        augmentation?.apply(toUnnormalized: &spectrogram, id: file)
        if spectrogram.frameCount == 0 {
            printWarning("\(file): \(waveform.durationInSeconds) s is too short for a frame: nothing to show")
        }
        let data =
            isPicture
            ? SpectrogramPicture(spectrogram, configuration: frontend, title: title(of: waveform)).png
            : NumPyFile.encoded(spectrogram.values, shape: [spectrogram.frameCount, spectrogram.melBinCount])
        try AtomicFile.write(data, to: output)
    }

    private func title(of waveform: Waveform) -> String {
        let name = file == "-" ? "standard input" : file.split(separator: "/").last.map(String.init) ?? file
        return "\(name), \(fixed(waveform.durationInSeconds, 2)) s, \(kind.rawValue) log-mel, \(melBins) bins"
    }
}
