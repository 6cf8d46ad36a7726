import Files
import Text

/// What makes utterances suspicious beside each other: copies, and what train and dev share.
enum SetChecks {
    /// A measured utterance.
    package struct Clip {
        package var utterance: Utterance
        var contentHash: UInt64
        package var isDev: Bool
    }

    /// Copies of a recording: within a set, with another text, and, worst, in both train and dev.
    package static func copies(_ clips: [Clip]) -> [DataFinding] {
        var firstByContent: [UInt64: Clip] = [:]
        var findings: [DataFinding] = []
        for clip in clips {
            guard let first = firstByContent[clip.contentHash] else {
                firstByContent[clip.contentHash] = clip
                continue
            }
            let place = "\(first.utterance.source)"
            if first.isDev != clip.isDev {
                findings.append(
                    DataFinding(
                        .error, .sharedRecording, "also in \(first.isDev ? "dev" : "train"): \(place)", score: 5,
                        utterance: clip.utterance))
            } else if sentence(first.utterance.text) != sentence(clip.utterance.text) {
                findings.append(
                    DataFinding(
                        .error, .contradictingText, "\(place) has the text \"\(first.utterance.text)\"", score: 5,
                        utterance: clip.utterance))
            } else {
                findings.append(
                    DataFinding(.warning, .repeatedRecording, "the same as \(place)", utterance: clip.utterance))
            }
        }
        return findings
    }

    /// Speakers and sentences that are in both train and dev.
    package static func shared(train: [Utterance], dev: [Utterance]) -> [DataFinding] {
        var trainSpeakers: [String: Int] = [:]
        var trainSentences: [String: SourceLine] = [:]
        for utterance in train {
            if let speaker = utterance.speaker { trainSpeakers[speaker, default: 0] += 1 }
            trainSentences[sentence(utterance.text)] = utterance.source
        }
        var findings: [DataFinding] = []
        let devBySpeaker = Dictionary(grouping: dev.filter { $0.speaker != nil }) { $0.speaker! }
        for (speaker, utterances) in devBySpeaker.sorted(by: { $0.key < $1.key }) {
            guard let count = trainSpeakers[speaker] else { continue }
            findings.append(
                DataFinding(
                    .warning, .sharedSpeaker,
                    "speaker \(speaker): \(count) utterances in train, \(utterances.count) in dev",
                    source: "\(utterances[0].source)"))
        }
        let sharedSentences = dev.compactMap { utterance in
            trainSentences[sentence(utterance.text)].map { (utterance: utterance, place: $0) }
        }
        if sharedSentences.count * 2 > dev.count {
            // Commands or digits: the same few sentences are the task.
            findings.append(
                DataFinding(
                    .warning, .sharedSentence,
                    "\(sharedSentences.count) of \(dev.count) utterances of dev have a text that is in train too",
                    source: "\(dev[0].source)"))
        } else {
            findings += sharedSentences.map {
                DataFinding(.warning, .sharedSentence, "also in \($0.place)", utterance: $0.utterance)
            }
        }
        return findings
    }

    /// Letters and digits of dev that a model of train cannot learn to write.
    package static func unknownCharacters(train: [Utterance], dev: [Utterance]) -> [DataFinding] {
        func characters(_ utterance: Utterance) -> Set<Character> {
            Set(utterance.text.lowercased().filter { $0.isLetter || $0.isNumber })
        }
        guard !train.isEmpty, let first = dev.first else { return [] }
        let known = train.reduce(into: Set<Character>()) { $0.formUnion(characters($1)) }
        let unknown = dev.map { characters($0).subtracting(known) }
        let all = unknown.reduce(into: Set<Character>()) { $0.formUnion($1) }.sorted()
        guard !all.isEmpty else { return [] }
        return [
            DataFinding(
                .warning, .unknownCharacters,
                "\(unknown.count { !$0.isEmpty }) of \(dev.count) utterances of dev have characters that train does not have: "
                    + shortList(all.map(String.init)), source: "\(first.source)")
        ]
    }

    /// Rates that lose sound; worse when other clips of the source have it, for a model may learn to tell them apart.
    package static func sampleRates(_ source: DataCheckReport.Source) -> [DataFinding] {
        var findings: [DataFinding] = []
        let counts = source.sampleRates
        if counts.count > 1 && counts.contains(where: { $0.hertz < 16_000 }) {
            let list = counts.map { "\($0.count) at \($0.hertz) Hz" }.joined(separator: ", ")
            findings.append(DataFinding(.warning, .sampleRate, "mixed sample rates: \(list)", source: source.path))
        }
        for rate in counts where rate.hertz < 16_000 {
            findings.append(
                DataFinding(
                    .warning, .sampleRate,
                    "\(rate.count) clips at \(rate.hertz) Hz: nothing above \(rate.hertz / 2) Hz can be learned",
                    source: source.path))
        }
        return findings
    }

    /// Clips with several channels: two people of a telephone call would be learned as one voice.
    package static func channels(_ source: DataCheckReport.Source) -> [DataFinding] {
        guard source.mixedCount > 0 else { return [] }
        return [
            DataFinding(
                .warning, .channels,
                "\(source.mixedCount) clips with several channels; training uses their mean: split them into files where "
                    + "different people speak", source: source.path)
        ]
    }

    /// The words of a text in small letters: what makes two texts the same sentence.
    package static func sentence(_ text: String) -> String {
        text.lowercased().split { !($0.isLetter || $0.isNumber) }.joined(separator: " ")
    }
}
