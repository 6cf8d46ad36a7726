import FoundationEssentials
import Testing

/// What another implementation computed: the content of one `Tests/TARGET/Fixtures/SUBJECT.json`.
///
/// The scripts under scripts/golden make these files; see golden.py there for the format.
public struct GoldenFixture: Decodable, Sendable {
    /// The script and the version of PyTorch that the numbers come from.
    public let source: String
    /// Every case, in the script's order.
    public let cases: [GoldenCase]

    /// Reads `Fixtures/SUBJECT.json` beside the test file that calls this.
    ///
    /// - Parameters:
    ///   - subject: the file's name without `.json`.
    ///   - target: the folder below `Tests` that holds `Fixtures`; nil for the caller's own.
    /// - Throws: `GoldenFixtureError` that names the file and what is wrong with it.
    public static func load(
        _ subject: String, target: String? = nil, callerPath: String = #filePath
    ) throws -> GoldenFixture {
        let callerFolder = URL(filePath: callerPath).deletingLastPathComponent()
        let targetFolder = target.map { callerFolder.deletingLastPathComponent().appending(path: $0) } ?? callerFolder
        let file = targetFolder.appending(path: "Fixtures/\(subject).json")
        do {
            return try JSONDecoder().decode(GoldenFixture.self, from: Data(contentsOf: file))
        } catch {
            throw GoldenFixtureError("\(file.path): \(error); make it anew with the script under scripts/golden")
        }
    }

    /// The case called `name`.
    ///
    /// - Throws: `GoldenFixtureError` that lists the names there are.
    public func named(_ name: String) throws -> GoldenCase {
        guard let found = cases.first(where: { $0.name == name }) else {
            throw GoldenFixtureError("no case \"\(name)\" of \(source); there are \(cases.map(\.name))")
        }
        return found
    }
}

/// One set of inputs with what they give. As an argument of a parametrised test it is shown by its name.
public struct GoldenCase: Decodable, Sendable, CustomTestStringConvertible {
    public let name: String
    private let numbers: [String: Double]
    private let words: [String: String]
    private let tensors: [String: GoldenTensor]

    public var testDescription: String { name }

    /// The names of all tensors, sorted.
    public var tensorNames: [String] { tensors.keys.sorted() }

    /// A setting that is a number, such as `epsilon` or `headCount`.
    public func number(_ name: String) throws -> Double { try value(name, of: numbers) }

    /// A setting that is a word, such as `activation`.
    public func word(_ name: String) throws -> String { try value(name, of: words) }

    /// An input, an output or a gradient (`gradient.NAME`).
    public func tensor(_ name: String) throws -> GoldenTensor { try value(name, of: tensors) }

    private func value<Value>(_ name: String, of values: [String: Value]) throws -> Value {
        guard let value = values[name] else {
            throw GoldenFixtureError("case \"\(self.name)\" has no \"\(name)\"; there are \(values.keys.sorted())")
        }
        return value
    }
}

/// Numbers in row-major order with their shape.
public struct GoldenTensor: Decodable, Sendable, Equatable {
    public let shape: [Int]
    public let values: [Float]

    /// The values as whole numbers: indices, labels, lengths.
    public var integers: [Int] { values.map { Int($0) } }

    /// The values as truth values: masks, true = may attend.
    public var booleans: [Bool] { values.map { $0 != 0 } }

    private enum CodingKeys: CodingKey { case shape, values }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        shape = try container.decode([Int].self, forKey: .shape)
        values = try container.decode([GoldenNumber].self, forKey: .values).map(\.value)
        guard values.count == shape.reduce(1, *) else {
            throw GoldenFixtureError("\(values.count) values for the shape \(shape)")
        }
    }
}

/// A float32; infinite values and NaN, which JSON has no numbers for, are the strings "inf", "-inf" and "nan".
private struct GoldenNumber: Decodable {
    let value: Float

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Float.self) {
            value = number
        } else {
            let word = try container.decode(String.self)
            guard let number = Float(word) else { throw GoldenFixtureError("\"\(word)\" is no number") }
            value = number
        }
    }
}

/// A fixture cannot be read, or has not what a test asks for.
public struct GoldenFixtureError: Error, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
