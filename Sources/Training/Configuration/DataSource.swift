/// Labelled data, and how often it is learned from: in YAML a path, or `{path: ..., weight: 2}`.
public struct DataSource: Codable, Sendable, Equatable {
    /// A folder or a manifest file.
    public var path: String
    /// How often each utterance is drawn in an epoch, on average: 2.5 is twice, and a third time in every other epoch.
    public var weight: Double

    public init(path: String, weight: Double = 1) {
        self.path = path
        self.weight = weight
    }

    private enum CodingKeys: CodingKey { case path, weight }

    public init(from decoder: any Decoder) throws {
        if let path = try? decoder.singleValueContainer().decode(String.self) {
            self.init(path: path)
        } else {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            self.init(
                path: try container.decode(String.self, forKey: .path),
                weight: try container.decodeIfPresent(Double.self, forKey: .weight) ?? 1)
        }
    }

    public func encode(to encoder: any Encoder) throws {
        if weight == 1 {
            var container = encoder.singleValueContainer()
            try container.encode(path)
        } else {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(path, forKey: .path)
            try container.encode(weight, forKey: .weight)
        }
    }
}
