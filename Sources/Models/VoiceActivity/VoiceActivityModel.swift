import Audio
import Autograd
import Configuration
import Files
import FoundationEssentials
import Glibc
import NeuralNetwork
import Tensors

/// A small network that tells for each frame of a recording whether somebody speaks: log-mel features, a convolution of stride 2, and
/// the convolution modules of the Conformer with residual connections (`ConvolutionModule`).
///
/// A folder holds it as `config.json` and `model.safetensors`.
public final class VoiceActivityModel: Sendable {
    /// What the network is; the file `config.json`.
    public struct Configuration: Codable, Sendable, Equatable {
        /// Frames as Kaldi computes them do not depend on the rest of the recording.
        public var frontend = FrontendConfiguration(kind: .kaldi, melBinCount: 40)
        public var modelDimension = 48
        public var layerCount = 4
        /// Positions that a convolution sees, odd.
        public var convolutionWidth = 19
        /// Features are (x - mean) / deviation; those below 0, which is a power of 1 in 16-bit steps, count as 0.
        public var featureMean: Float = 12
        public var featureDeviation: Float = 4

        public init() {}

        /// - Throws: `ModelError` for a configuration that cannot work.
        func validate() throws {
            try frontend.validate()
            guard frontend.kind == .kaldi, (1...1_024).contains(modelDimension), (1...64).contains(layerCount),
                (1...255).contains(convolutionWidth), convolutionWidth % 2 == 1, featureDeviation > 0
            else { throw ModelError("a configuration of a voice activity detector that cannot work: \(self)") }
        }
    }

    /// The name of the folder among the built-in models.
    public static let builtInName = "voice-activity"

    public let configuration: Configuration
    public let parameters = ParameterStore()
    private let frontend: LogMelSpectrogram
    private let subsampling: ConvolutionalSubsampling
    private let layers: [(norm: LayerNorm, convolution: ConvolutionModule)]
    private let norm: LayerNorm
    private let output: Linear

    /// Frames of one position.
    public static let framesPerPosition = 2
    /// Frames before and behind a frame on which its probability depends; even.
    public var contextFrameCount: Int {
        Self.framesPerPosition * (1 + configuration.layerCount * (configuration.convolutionWidth / 2))
    }

    /// A network whose parameters the caller initialises.
    ///
    /// - Throws: `ModelError` for a configuration that cannot work.
    public init(_ configuration: Configuration) throws {
        try configuration.validate()
        self.configuration = configuration
        frontend = try LogMelSpectrogram(configuration: configuration.frontend)
        let (parameters, dimension) = (parameters, configuration.modelDimension)
        subsampling = ConvolutionalSubsampling(
            parameters, "subsampling", featureCount: configuration.frontend.melBinCount, modelDimension: dimension,
            strides: [Self.framesPerPosition])
        layers = (0..<configuration.layerCount).map { index in
            (
                LayerNorm(parameters, "layers.\(index).norm", featureCount: dimension),
                ConvolutionModule(
                    parameters, "layers.\(index).convolution", modelDimension: dimension,
                    width: configuration.convolutionWidth)
            )
        }
        norm = LayerNorm(parameters, "norm", featureCount: dimension)
        output = Linear(parameters, "output", inputCount: dimension, outputCount: 2)
    }

    /// Reads a model folder.
    ///
    /// - Throws: `ModelError` naming the file and what is wrong with it.
    public convenience init(directory: String) throws {
        let path = "\(directory)/config.json"
        guard FileManager.default.isReadableFile(atPath: path) else {
            throw ModelError("\(path): no such file, or it cannot be read; a voice activity detector needs it")
        }
        do {
            try self.init(try ConfigurationDocument(path: path).decode(Configuration.self, over: Configuration()))
        } catch {
            throw ModelError("\(path): this is no voice activity detector, or the file is damaged: \(error)")
        }
        let file = try SafeTensors(path: "\(directory)/model.safetensors")
        parameters.use(try parameters.parameters.map { try file.weights($0.name, shape: $0.shape) })
    }

    /// Reads the built-in one.
    ///
    /// - Throws: `BuiltInModelError` where there is none; `ModelError`.
    public static func builtIn() throws -> VoiceActivityModel {
        try VoiceActivityModel(directory: BuiltInModel.companionDirectory(named: builtInName))
    }

    /// Writes the folder with its card.
    ///
    /// - Throws: `FileWriteError`.
    public func write(to directory: String, card: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try AtomicFile.makeFolder(directory)
        let tensors = parameters.parameters.map { ($0.name, $0.value) }
        try AtomicFile.write(try SafeTensors.data(tensors), to: "\(directory)/model.safetensors")
        try AtomicFile.write(try encoder.encode(configuration), to: "\(directory)/config.json")
        try AtomicFile.write(Data(card.utf8), to: "\(directory)/README.md")
    }

    /// What the network hears, [frame, melBin].
    ///
    /// - Throws: `FrontendError` for a waveform at another sample rate.
    public func features(_ waveform: Waveform) throws(FrontendError) -> Spectrogram {
        var spectrogram = try frontend(waveform)
        let (mean, scale) = (configuration.featureMean, 1 / configuration.featureDeviation)
        for index in spectrogram.values.indices {
            spectrogram.values[index] = (max(0, spectrogram.values[index]) - mean) * scale
        }
        return spectrogram
    }

    /// Logits of silence and speech, [batch, position, 2], of features [batch, frame, melBin] on a tape. Position p stands for the frames
    /// around 2 p.
    public func logits(_ features: Variable, lengths: [Int]) -> Variable {
        var (x, lengths) = subsampling(features, lengths: lengths)
        x = x.converted(to: .float32)
        for layer in layers { x = x.adding(layer.convolution(layer.norm(x), lengths: lengths)) }
        return output(norm(x), outputType: .float32)
    }

    /// How probable it is that somebody speaks in each frame, [frame].
    public func probabilities(_ features: Spectrogram) -> [Float] {
        guard features.frameCount > 0 else { return [] }
        let input = Tensor(features.values, shape: [1, features.frameCount, features.melBinCount])
        let logits = logits(Tape().variable(input), lengths: [features.frameCount]).value.values
        let positions = stride(from: 0, to: logits.count, by: 2).map { 1 / (1 + expf(logits[$0] - logits[$0 + 1])) }
        return (0..<features.frameCount).map { frame in
            let position = frame / Self.framesPerPosition
            guard frame % Self.framesPerPosition == 1 else { return positions[position] }
            return (positions[position] + positions[min(position + 1, positions.count - 1)]) / 2
        }
    }
}
