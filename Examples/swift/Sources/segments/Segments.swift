import Foundation
import Recognition

/// Prints what is said in a recording, segment by segment, as soon as each is recognised: `segments FILE [MODEL]`.
@main
enum Segments {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard (2...3).contains(arguments.count) else {
            print("usage: segments FILE [MODEL]")
            exit(64)
        }
        let transcriber = try Transcriber(model: arguments.count == 3 ? arguments[2] : nil)
        for try await segment in transcriber.transcribe(URL(filePath: arguments[1])) {
            print("\(segment.startInSeconds)\t\(segment.endInSeconds)\t\(segment.text)")
        }
    }
}
