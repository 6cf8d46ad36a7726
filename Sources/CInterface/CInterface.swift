import Audio
import Glibc
import Recognition
import Tensors

/// Functions of `asr.h`, which says what they do.

/// What `asr_transcriber` points to.
private final class LoadedTranscriber: Sendable {
    let transcriber: Transcriber
    let workers: WorkerPool

    init(_ transcriber: Transcriber, _ workers: WorkerPool) {
        (self.transcriber, self.workers) = (transcriber, workers)
    }
}

/// Where a message goes.
public typealias ErrorText = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

private struct UsageError: Error, CustomStringConvertible { let description: String }

/// Gives what `body` returns; its error becomes a text and nil.
private func reporting<Result>(to error: ErrorText?, _ body: () throws -> Result) -> Result? {
    error?.pointee = nil
    do {
        return try body()
    } catch let problem {
        error?.pointee = strdup("\(problem)")
        return nil
    }
}

@_cdecl("asr_load")
public func load(model: UnsafePointer<CChar>?, threads: CInt, error: ErrorText?) -> UnsafeMutableRawPointer? {
    reporting(to: error) {
        guard (0...1_024).contains(threads) else {
            throw UsageError(description: "\(threads) threads: a number from 0 to 1024 is needed")
        }
        let transcriber = try Transcriber(model: model.map { String(cString: $0) }) { $0.addsWordTimes = true }
        let workers = WorkerPool(threadCount: threads == 0 ? ProcessorCount.available : Int(threads))
        return Unmanaged.passRetained(LoadedTranscriber(transcriber, workers)).toOpaque()
    }
}

@_cdecl("asr_transcribe")
public func transcribe(
    transcriber: UnsafeRawPointer?, samples: UnsafePointer<Float>?, count: Int, sampleRate: CInt,
    format: UnsafePointer<CChar>?, error: ErrorText?
) -> UnsafeMutablePointer<CChar>? {
    reporting(to: error) {
        guard let transcriber else { throw UsageError(description: "no transcriber: use what asr_load returned") }
        guard samples != nil || count == 0 else { throw UsageError(description: "no samples") }
        guard (1_000...768_000).contains(sampleRate) else {
            throw UsageError(description: "\(sampleRate) Hz: the sample rate must be from 1000 to 768000 Hz")
        }
        let name = format.map { String(cString: $0) } ?? "text"
        guard let format = TranscriptionFormat(rawValue: name) else {
            let names = TranscriptionFormat.allCases.map(\.rawValue).joined(separator: ", ")
            throw UsageError(description: "format \"\(name)\": the formats are \(names)")
        }
        let values = Array(UnsafeBufferPointer(start: samples, count: count))
        guard values.allSatisfy({ $0.magnitude <= AudioFile.largestMagnitude }) else {
            throw UsageError(description: "a sample is not sound: samples are numbers from -1 to 1")
        }
        let loaded = Unmanaged<LoadedTranscriber>.fromOpaque(transcriber).takeUnretainedValue()
        let waveform = Waveform(samples: values, sampleRate: Int(sampleRate))
        let text = try TranscriptionPipeline(loaded.transcriber, workers: loaded.workers)
            .transcription(of: .samples(waveform, name: "the samples"))
        return strdup(try format.content(text))
    } ?? nil
}

@_cdecl("asr_free_text")
public func freeText(text: UnsafeMutablePointer<CChar>?) { free(text) }

@_cdecl("asr_free")
public func freeTranscriber(transcriber: UnsafeMutableRawPointer?) {
    guard let transcriber else { return }
    Unmanaged<LoadedTranscriber>.fromOpaque(transcriber).release()
}
