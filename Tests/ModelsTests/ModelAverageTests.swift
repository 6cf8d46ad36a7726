import Audio
import Files
import FoundationEssentials
import Models
import Tensors
import TestSupport
import Testing
import Text

/// A model small enough for a test, its weights drawn by a seed.
func smallModel(
    seed: UInt64 = 1, characters: String = "abc ", _ change: (inout ModelConfiguration) -> Void = { _ in }
) throws -> SpeechModel {
    var configuration = ModelConfiguration()
    configuration.frontend.melBinCount = 8
    configuration.featureNormalization = .none
    configuration.encoderLayerCount = 1
    configuration.decoderLayerCount = 1
    configuration.transformer.modelDimension = 16
    configuration.transformer.headCount = 2
    configuration.transformer.feedForwardDimension = 16
    change(&configuration)
    let model = try SpeechModel(
        .init(model: configuration, featureNormalization: .none), vocabulary: Vocabulary(texts: [characters]))
    model.network.parameters.initialize(seed: seed)
    return model
}

@Suite struct ModelAverageTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func write(_ model: SpeechModel, _ name: String) throws -> String {
        try ModelFolder.write(model, card: "# \(name)\n", to: "\(folder.path)/\(name)")
        return "\(folder.path)/\(name)"
    }

    @Test func everyWeightIsTheMean() throws {
        let models = try (1...3).map { try smallModel(seed: $0) }
        let average = try ModelAverage.of(models.enumerated().map { try write($1, "\($0)") })
        let values = models.map(\.network.parameters.values.values)
        for (index, value) in average.network.parameters.values.values.enumerated() {
            let sum = Double(values[0][index]) + Double(values[1][index]) + Double(values[2][index])
            #expect(value == Float(sum / 3))
        }
    }

    @Test(arguments: [1, 3, 7]) func theAverageOfEqualModelsIsThatModel(count: Int) throws {
        let model = try smallModel()
        let path = try write(model, "model")
        let average = try ModelAverage.of(Array(repeating: path, count: count))
        #expect(average.fingerprint == model.fingerprint)
    }

    @Test func namesWhatDiffers() throws {
        let first = try write(smallModel(), "first")
        let others: [(SpeechModel, String)] = [
            (try smallModel { $0.decoderLayerCount = 2 }, "its decoderLayerCount is 2, not 1; "),
            (try smallModel { $0.transformer.headCount = 4 }, "its transformer.headCount is 4, not 2; "),
            (try smallModel { $0.subsamplingStrides = [2] }, "its subsamplingStrides is [2], not [2, 2]; "),
            (try smallModel { $0.language = "en" }, "its language is en, not \"\"; "),
            (try smallModel(characters: "abcd "), "its vocabulary differs: it alone has \"d\"; "),
            (try smallModel(characters: "abc"), "its vocabulary differs: it lacks \" \"; "),
        ]
        for (index, (other, difference)) in others.enumerated() {
            let path = try write(other, "\(index)")
            let error = #expect(throws: ModelError.self) { try ModelAverage.of([first, path]) }
            #expect(
                error?.description == "\(path): cannot be averaged with \(first): \(difference)"
                    + "average models of one configuration and vocabulary")
        }
    }

    @Test func aFolderWithAModelIsNotOverwritten() throws {
        let path = try write(smallModel(), "model")
        #expect(throws: ModelError.self) { try ModelFolder.convert(path, to: .bfloat16, output: path) }
        #expect(throws: ModelError.self) { try ModelFolder.average([path, path], output: path) }
    }

    /// Half the file, every weight rounded to bfloat16, and card and configuration go along.
    @Test func conversionToBFloat16AndBack() throws {
        let model = try smallModel()
        let path = try write(model, "model")
        try folder.write("model/training.yaml", "seed: 1\n")
        let (half, whole) = ("\(folder.path)/half", "\(folder.path)/whole")
        try ModelFolder.convert(path, to: .bfloat16, output: half)
        try ModelFolder.convert(half, to: .float32, output: whole)
        let rounded = try SpeechModel(directory: half).network.parameters.values.values
        let expected = model.network.parameters.values.converted(to: .bfloat16).values
        #expect(rounded == expected)
        #expect(try SpeechModel(directory: whole).network.parameters.values.values == expected)
        func byteCount(_ folder: String) throws -> Int {
            try Data(contentsOf: URL(filePath: "\(folder)/model.safetensors")).count
        }
        // Two bytes a parameter; the headers end at multiples of 64 bytes.
        let difference = try byteCount(path) - byteCount(half)
        #expect((-64...64).contains(difference - 2 * model.network.parameters.parameterCount))
        let card = String(decoding: try Data(contentsOf: URL(filePath: "\(half)/README.md")), as: UTF8.self)
        #expect(card == "# model\n\nThe parameters are stored in bfloat16.\n")
        #expect(FileManager.default.fileExists(atPath: "\(half)/training.yaml"))
    }
}
