// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "segments",
    dependencies: [.package(name: "asr", path: "../..")],
    targets: [
        .executableTarget(name: "segments", dependencies: [.product(name: "Recognition", package: "asr")])
    ]
)
