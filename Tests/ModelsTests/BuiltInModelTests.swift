import Files
import FoundationEssentials
import Models
import TestSupport
import Testing

@Suite struct BuiltInModelTests {
    // The layout that `make install` makes: PREFIX/bin/asr and PREFIX/share/asr/models.
    @Test func installedProgramLooksBesideItself() {
        let folders = BuiltInModel.modelsFolders(modelsFolder: nil, executable: "/usr/local/bin/asr")
        #expect(folders == ["/usr/local/share/asr/models"])
    }

    // The layout that `swift build` makes, with the build folder's name resolved to the triple.
    @Test func programInACheckoutLooksThereLast() {
        let folders = BuiltInModel.modelsFolders(
            modelsFolder: nil, executable: "/home/me/asr/.build/x86_64-unknown-linux-gnu/release/asr")
        #expect(
            folders == [
                "/home/me/asr/.build/x86_64-unknown-linux-gnu/share/asr/models", "/home/me/asr/models",
            ])
    }

    @Test func environmentVariableRulesOutTheOthers() {
        let folders = BuiltInModel.modelsFolders(modelsFolder: "/srv/models", executable: "/usr/local/bin/asr")
        #expect(folders == ["/srv/models"])
    }

    @Test func emptyEnvironmentVariableCountsAsUnset() {
        let folders = BuiltInModel.modelsFolders(modelsFolder: "", executable: "/opt/bin/asr")
        #expect(folders == ["/opt/share/asr/models"])
    }

    @Test func programInTheRootFolderOrUnknownStaysAbsolute() {
        #expect(BuiltInModel.modelsFolders(modelsFolder: nil, executable: "/asr") == ["/share/asr/models"])
        #expect(BuiltInModel.modelsFolders(modelsFolder: nil, executable: "") == ["/share/asr/models"])
    }

    @Test func findsTheFolderThatHoldsAConfiguration() throws {
        let folder = try TemporaryFolder()
        let checkout = folder.path
        #expect(throws: BuiltInModelError.self) {
            try BuiltInModel.directory(
                named: "tiny", modelsFolder: nil, executable: "\(checkout)/.build/release/asr")
        }
        try folder.write("models/tiny/config.json", "{}")
        let found = try BuiltInModel.directory(
            named: "tiny", modelsFolder: nil, executable: "\(checkout)/.build/release/asr")
        #expect(found == "\(checkout)/models/tiny")
    }

    @Test func errorNamesEveryFolderAndTheRemedy() throws {
        let error = #expect(throws: BuiltInModelError.self) {
            try BuiltInModel.directory(named: "tiny", modelsFolder: nil, executable: "/nowhere/.build/release/asr")
        }
        #expect(
            error?.description
                == "no built-in model \"tiny\": looked for config.json in /nowhere/.build/share/asr/models/tiny "
                + "and in /nowhere/models/tiny; name a model folder with --model, or the folder that holds the models "
                + "with the environment variable ASR_MODELS")
    }

    // A folder from ASR_MODELS that does not hold the model is no reason to look elsewhere.
    @Test func environmentVariableIsTheOnlyPlaceWhenSet() throws {
        let error = #expect(throws: BuiltInModelError.self) {
            try BuiltInModel.directory(named: "tiny", modelsFolder: "/nowhere", executable: "/usr/bin/asr")
        }
        #expect(error?.candidates == ["/nowhere/tiny"])
    }
}
