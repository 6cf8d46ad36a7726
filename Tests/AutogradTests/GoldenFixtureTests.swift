import TestSupport
import Testing

@Suite struct GoldenFixtureTests {
    // Hand-checked against the text of Fixtures/softmax.json: two of the four logits of a row are masked.
    @Test func readsShapesNumbersAndInfinities() throws {
        let fixture = try GoldenFixture.load("softmax")
        #expect(fixture.source.hasPrefix("scripts/golden/activations.py, PyTorch"))
        let masked = try fixture.named("masked with -infinity")
        let input = try masked.tensor("input")
        #expect(input.shape == [3, 4])
        let expected: [Float] = [1, -.infinity, 0.5, -.infinity]
        #expect(Array(input.values.prefix(4)) == expected)
        #expect(try masked.tensor("output").values[7] == 1)
        #expect(masked.tensorNames == ["gradient.input", "input", "output", "upstream"])
    }

    @Test func readsWholeNumbersAndSettings() throws {
        let smoothed = try GoldenFixture.load("cross_entropy").named("smoothing 0.1, mean")
        #expect(try smoothed.tensor("labels").integers == [3, 1, 6, 2, 5, 4, 2, 0, 0, 0])
        #expect(try smoothed.number("smoothing") == 0.1)
        #expect(try smoothed.word("reduction") == "mean")
    }

    @Test func readsFromAnotherTarget() throws {
        let fixture = try GoldenFixture.load("encoder_layer", target: "NeuralNetworkTests")
        #expect(try fixture.cases[0].tensor("self_attn.query.weight").shape == [8, 8])
    }

    @Test func errorsNameTheFileAndWhatThereIs() throws {
        let missingFile = #expect(throws: GoldenFixtureError.self) { try GoldenFixture.load("nothing") }
        #expect(missingFile?.description.contains("AutogradTests/Fixtures/nothing.json") == true)
        let missingTensor = #expect(throws: GoldenFixtureError.self) {
            try GoldenFixture.load("relu").cases[0].tensor("weight")
        }
        #expect(
            missingTensor?.description
                == "case \"points\" has no \"weight\"; there are [\"gradient.input\", \"input\", \"output\", \"upstream\"]"
        )
    }
}
