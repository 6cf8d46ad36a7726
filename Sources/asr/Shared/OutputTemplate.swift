import ArgumentParser
import Audio
import Files

/// How the files that are written are called: `{folder}/{name}.{language}.{format}`.
struct OutputTemplate {
    private enum Part: Equatable {
        case text(String)
        case field(Field)
    }
    private enum Field: String, CaseIterable { case folder, name, `extension`, language, format }

    private let parts: [Part]
    private let outputFolder: String?

    static let standard = "{folder}/{name}.{format}"

    /// - Parameter outputFolder: what all names lie below; nil: each recording's own folder.
    /// - Throws: `ValidationError` for a field that there is not.
    init(_ template: String, outputFolder: String?) throws {
        var parts: [Part] = []
        for (number, piece) in template.split(separator: "{", omittingEmptySubsequences: false).enumerated() {
            guard number > 0 else {
                parts.append(.text(String(piece)))
                continue
            }
            guard let end = piece.firstIndex(of: "}"), let field = Field(rawValue: String(piece[..<end])) else {
                let fields = Field.allCases.map { "{\($0.rawValue)}" }.joined(separator: ", ")
                throw ValidationError("--output-template \(template): the fields are \(fields).")
            }
            parts += [.field(field), .text(String(piece[piece.index(after: end)...]))]
        }
        self.parts = parts
        self.outputFolder = outputFolder
    }

    var hasLanguage: Bool { parts.contains(.field(.language)) }
    var hasFormat: Bool { parts.contains(.field(.format)) }

    /// The path of a file that is written.
    ///
    /// - Parameters:
    ///   - language: `und`, which is ISO 639's code for it, where it is empty.
    ///   - format: the ending of the format.
    func path(of entry: AudioFileList.Entry, language: String, format: String) -> String {
        let folder = outputFolder == nil ? parentFolder(entry.path) : parentFolder(entry.name)
        var path = ""
        for (number, part) in parts.enumerated() {
            switch part {
            // Behind no folder there is no slash.
            case .text(let text):
                path += number > 0 && path.isEmpty && text.hasPrefix("/") ? text.dropFirst() : text[...]
            case .field(.folder): path += folder == "." ? "" : folder
            case .field(.name): path += lastPathComponent(entry.name)
            case .field(.extension): path += AudioFileName.ending(entry.path)
            case .field(.language): path += language.isEmpty ? "und" : language
            case .field(.format): path += format
            }
        }
        return outputFolder.map { joinedPath($0, path) } ?? path
    }
}
