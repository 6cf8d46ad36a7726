/// The stretches with speech of a recording, asked for by what is heard when.
package struct SpeechTimeline: Sendable, Equatable {
    /// In order, not overlapping; frames of 10 ms.
    let regions: [SpeechRegion]

    package init(_ regions: [SpeechRegion]) { self.regions = regions }

    /// A recording that is heard as a whole.
    package init(frameCount: Int) { regions = [SpeechRegion(frames: 0..<frameCount, speech: 0..<frameCount)] }

    /// The first frame at or behind a frame that is to be heard; nil: there is none.
    package func next(from frame: Int) -> Int? {
        regions.first { $0.frames.upperBound > frame }.map { max(frame, $0.frames.lowerBound) }
    }

    /// A range of frames without what is not to be heard at its end; it begins in a stretch with speech.
    package func trimmed(_ range: Range<Int>) -> Range<Int> {
        guard let last = regions.last(where: { $0.frames.lowerBound < range.upperBound }) else { return range }
        return range.lowerBound..<max(range.lowerBound, min(range.upperBound, last.frames.upperBound))
    }

    /// The part of a range of seconds from where speech begins in it to where it ends; nil where nothing of it is to be heard.
    package func speech(in range: ClosedRange<Double>) -> ClosedRange<Double>? {
        func seconds(_ frame: Int) -> Double { Double(frame) / SpeechRegion.framesPerSecond }
        let heard = regions.filter {
            seconds($0.frames.lowerBound) < range.upperBound && seconds($0.frames.upperBound) > range.lowerBound
        }
        guard let first = heard.first, let last = heard.last else { return nil }
        let start = max(range.lowerBound, min(range.upperBound, first.speechStartInSeconds))
        return start...max(start, min(range.upperBound, last.speechEndInSeconds))
    }
}
