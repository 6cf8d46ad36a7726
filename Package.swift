// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "asr",
    products: [
        .executable(name: "asr", targets: ["asr"]),
        .library(name: "Models", targets: ["Models"]),
        .library(name: "Recognition", targets: ["Recognition"]),
        .library(name: "Training", targets: ["Training"]),
        .library(name: "Evaluation", targets: ["Evaluation"]),
        // Installed as libasr.so: that name of a product is taken.
        .library(name: "asr-c", type: .dynamic, targets: ["CInterface"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // Libraries of the system, and C.
        .systemLibrary(name: "CMPI"),
        .systemLibrary(name: "CFFTW", providers: [.apt(["libfftw3-dev"])]),
        .systemLibrary(name: "CSndFile", providers: [.apt(["libsndfile1-dev"])]),
        .systemLibrary(name: "CSoxr", providers: [.apt(["libsoxr-dev"])]),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "COneDNN", linkerSettings: [.linkedLibrary("dnnl")]),
        .target(name: "CKernels"),

        // The library, from the bottom up: each line uses only those above it.
        .target(name: "Numerics"),
        .target(name: "MessagePassing", dependencies: ["CMPI"]),
        .target(name: "Tensors", dependencies: ["CKernels", "COneDNN"]),
        .target(name: "Autograd", dependencies: ["CKernels", "Numerics", "Tensors"]),
        .target(name: "NeuralNetwork", dependencies: ["Autograd", "Tensors"]),
        .target(name: "Files", dependencies: ["CZlib"]),
        .target(name: "Pictures", dependencies: ["CZlib"]),
        .target(
            name: "Audio", dependencies: ["CFFTW", "CKernels", "CSndFile", "CSoxr", "Files", "Numerics", "Pictures"]),
        .target(name: "Text", dependencies: ["Files", "Numerics"]),
        .target(name: "Configuration", dependencies: ["Yams"]),
        .target(
            name: "Models",
            dependencies: [
                "Audio", "Autograd", "CKernels", "Configuration", "Files", "NeuralNetwork", "Numerics",
                "Tensors", "Text",
            ]
        ),
        .target(
            name: "LanguageModels",
            dependencies: [
                "Autograd", "Configuration", "Files", "Models", "NeuralNetwork", "Numerics", "Tensors", "Text",
            ]),
        .target(
            name: "Recognition",
            dependencies: [
                "Audio", "Autograd", "CKernels", "Files", "LanguageModels", "Models", "NeuralNetwork", "Numerics",
                "Pictures", "Tensors", "Text",
            ]),
        .target(name: "Evaluation", dependencies: ["Files", "Numerics", "Pictures", "Text"]),
        .target(
            name: "Datasets",
            dependencies: ["Audio", "Evaluation", "Files", "Models", "Numerics", "Tensors", "Text"]),
        .target(
            name: "Training",
            dependencies: [
                "Audio", "Autograd", "CKernels", "Configuration", "Datasets", "Evaluation", "Files", "LanguageModels",
                "MessagePassing", "Models", "NeuralNetwork", "Numerics", "Pictures", "Recognition", "Tensors", "Text",
            ]
        ),
        .target(name: "CInterface", dependencies: ["Audio", "Recognition", "Tensors"], exclude: ["asr.h"]),
        .executableTarget(
            name: "asr",
            dependencies: [
                "Audio", "Configuration", "Datasets", "Evaluation", "Files", "LanguageModels",
                "MessagePassing", "Models", "Numerics",
                "Recognition", "Tensors", "Text", "Training",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]
        ),

        // Tests.
        .target(
            name: "TestSupport",
            dependencies: [
                "Audio", "Autograd", "CZlib", "MessagePassing", "Models", "NeuralNetwork", "Numerics", "Tensors",
                "Text",
            ],
            path: "Tests/TestSupport"),
        .target(
            name: "Fuzzing",
            dependencies: [
                "Audio", "Configuration", "Datasets", "Evaluation", "LanguageModels", "Models", "Numerics",
                "TestSupport",
                "Text", "Training",
            ], path: "Tests/Fuzzing"),
        .executableTarget(name: "asr-fuzz", dependencies: ["Fuzzing"], path: "Tests/asr-fuzz"),
        .testTarget(name: "FuzzingTests", dependencies: ["Fuzzing", "TestSupport"], exclude: ["Corpus"]),
        .testTarget(name: "CKernelsTests", dependencies: ["CKernels", "Numerics", "TestSupport"]),
        .testTarget(name: "NumericsTests", dependencies: ["Numerics", "TestSupport"]),
        .testTarget(name: "TensorsTests", dependencies: ["CKernels", "COneDNN", "Numerics", "Tensors", "TestSupport"]),
        .testTarget(
            name: "AutogradTests", dependencies: ["Autograd", "Numerics", "Tensors", "TestSupport"],
            exclude: ["Fixtures"]),
        .testTarget(
            name: "NeuralNetworkTests",
            dependencies: ["Autograd", "NeuralNetwork", "Numerics", "Tensors", "TestSupport"],
            exclude: ["Fixtures"]),
        .testTarget(name: "MessagePassingTests", dependencies: ["MessagePassing", "TestSupport"]),
        .testTarget(name: "FilesTests", dependencies: ["Files", "TestSupport"]),
        .testTarget(name: "PicturesTests", dependencies: ["Pictures", "TestSupport"]),
        .testTarget(
            name: "AudioTests", dependencies: ["Audio", "CSndFile", "Files", "Numerics", "TestSupport"],
            exclude: ["Fixtures"]),
        .testTarget(name: "TextTests", dependencies: ["Files", "Text", "TestSupport"], exclude: ["Fixtures"]),
        .testTarget(name: "ConfigurationTests", dependencies: ["Configuration", "TestSupport"]),
        .testTarget(
            name: "ModelsTests",
            dependencies: [
                "Audio", "Autograd", "Configuration", "Files", "Models", "NeuralNetwork", "Numerics", "Tensors",
                "TestSupport", "Text",
            ],
            exclude: ["Fixtures"]),
        .testTarget(
            name: "LanguageModelsTests",
            dependencies: [
                "Autograd", "Files", "LanguageModels", "Models", "Numerics", "Tensors", "TestSupport", "Text",
            ],
            exclude: ["Fixtures"]),
        .testTarget(
            name: "RecognitionTests",
            dependencies: [
                "Audio", "Autograd", "LanguageModels", "Models", "NeuralNetwork", "Numerics", "Recognition", "Tensors",
                "TestSupport",
                "Text",
            ]),
        .testTarget(
            name: "EvaluationTests", dependencies: ["Evaluation", "Numerics", "TestSupport"], exclude: ["Fixtures"]),
        .testTarget(
            name: "DatasetsTests",
            dependencies: [
                "Audio", "Datasets", "Evaluation", "Files", "Models", "Numerics", "Tensors", "TestSupport", "Text",
            ]),
        .testTarget(
            name: "TrainingTests",
            dependencies: [
                "Audio", "Autograd", "Configuration", "Datasets", "Evaluation", "Files", "LanguageModels",
                "MessagePassing", "Models", "NeuralNetwork", "Numerics", "Recognition", "Tensors", "Text", "Training",
                "TestSupport",
            ],
            exclude: ["Fixtures"]),
        .testTarget(name: "CommandLineTests", dependencies: ["asr", "Tensors", "TestSupport"]),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .c17
)

// Most tests are compiled without optimisation, even in a release build: they only call what they test, which is optimised. That saves
// a third of their compilation. The tests named here compute references themselves: without optimisation they lose more than that in one
// run (CKernelsTests takes 180 s of processor time instead of 4). The second flag writes the module on the way, which without
// optimisation would be a compilation of its own.
let optimizedTests: Set = [
    "CKernelsTests", "NumericsTests", "TensorsTests", "AudioTests", "RecognitionTests", "EvaluationTests",
]
for target in package.targets where target.type == .test && !optimizedTests.contains(target.name) {
    target.swiftSettings = [.unsafeFlags(["-Onone", "-no-emit-module-separately-wmo"], .when(configuration: .release))]
}
