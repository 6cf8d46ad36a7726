import Datasets
import Files
import FoundationEssentials
import TestSupport
import Testing
import Training

@Suite struct TrainingReportTests {
    /// The output folder of a run: ten steps, and an evaluation after each whose CER (in percent) is given.
    private static func folder(errors: [Int], lastLine: String = "") throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        var lines: [String] = []
        for (index, error) in errors.enumerated() {
            let step = index + 1
            lines.append(
                #"{"accuracy":0.5,"audioInSeconds":3600,"durationInSeconds":1800,"epoch":1,"gradientNorm":\#(step),"#
                    + #""learningRate":0.001,"loss":2,"step":\#(step)}"#)
            let picture = "attention/step-\(step)-layer-"
            lines.append(
                #"{"attention":{"audioInSeconds":2.5,"pictures":["\#(picture)1.png","\#(picture)2.png"],"#
                    + #""slopes":[0.25,0.75],"text":"a <b> c","tokenCount":8,"utterance":"u&1"},"#
                    + #""devCharacterErrorRate":\#(Double(error) / 100),"devLoss":1,"devWordErrorRate":1,"epoch":1,"#
                    + #""samples":[{"reference":"one two <three>","hypothesis":"one too <three> \#(step)"},"#
                    + #"{"reference":"机器学习","hypothesis":"机学习"}],"step":\#(step)}"#)
            for layer in 1...2 { try folder.write("attention/step-\(step)-layer-\(layer).png", "\(layer) of \(step)") }
        }
        lines.append(#"{"alert":"divergence","message":"step 3: <look> & see","step":3}"#)
        try folder.write("metrics.jsonl", lines.joined(separator: "\n") + "\n" + lastLine)
        try folder.write("training.yaml", "data:\n  train: [\"a<b\"]\n")
        return folder
    }

    private static func html(_ folder: TemporaryFolder) throws -> String {
        try TrainingReport(directory: folder.path).html()
    }

    private static func count(_ part: String, in text: String) -> Int {
        text.split(separator: part, omittingEmptySubsequences: false).count - 1
    }

    @Test func isOneFileWithoutNetworkOrScript() throws {
        let html = try Self.html(Self.folder(errors: [90, 60, 70]))
        #expect(html.hasPrefix("<!DOCTYPE html>") && html.hasSuffix("</html>\n"))
        for part in ["http", "<script", "<link", "url(/", "@import"] { #expect(!html.contains(part), "\(part)") }
        #expect(Self.count(" src=\"", in: html) == Self.count(" src=\"data:image/png;base64,", in: html))
        #expect(html.contains("prefers-color-scheme: dark"))
    }

    @Test func tellsWhatHappened() throws {
        let html = try Self.html(Self.folder(errors: [90, 60, 70]))
        #expect(html.contains("3 steps in 1 epoch, 1.50 h of training on 3.0 h of speech"))
        #expect(html.contains("<b>60.00 %</b><span class=\"dim\">the best, after step 2</span>"))
        #expect(html.contains("<b>2</b><span class=\"dim\">seconds of speech per second</span>"))
        #expect(html.contains("<li>step 3: &lt;look&gt; &amp; see</li>"))
        #expect(html.contains("train: [&quot;a&lt;b&quot;]"))
        #expect(!html.contains("Steps skipped"))
        // Words are compared as words, and characters where there are no words.
        #expect(
            html.contains(
                "one <span class=\"s\"><small>two</small>too</span> &lt;three&gt; <span class=\"i\">3</span></td>"))
        #expect(html.contains("机<span class=\"d\">器</span>学习</td>"))
    }

    // The plot is 58...470 wide and 222...10 high (downwards). CER 90, 60, 70 % and WER 100 % stand between 0 and 100:
    // 60 % is at 222 - 0.6 * 212 = 94.8. Step 2 of 3 is at 58 + 2 / 3 * 412 = 332.7; the hours 0.5, 1 and 1.5 likewise.
    @Test func drawsCurvesOverStepsAndHours() throws {
        let html = try Self.html(Self.folder(errors: [90, 60, 70]))
        // Loss, error rate, accuracy, learning rate, gradient norm; CTC has a chart where it is learned.
        #expect(Self.count("<svg ", in: html) == 2 * 5)
        let withCTC = try Self.folder(
            errors: [90],
            lastLine: #"{"accuracy":1,"audioInSeconds":1,"ctcLoss":2,"#
                + #""durationInSeconds":1,"epoch":1,"learningRate":1,"loss":1,"step":2}"# + "\n")
        #expect(Self.count("<b>CTC loss</b>", in: try Self.html(withCTC)) == 2)
        for note in ["2 steps", "1.00 hours"] {
            #expect(
                html.contains(
                    "<circle class=\"dot c1\" cx=\"332.7\" cy=\"94.8\" r=\"3\"><title>CER 60.00 at \(note)</title></circle>"
                ))
        }
        #expect(html.contains("<path class=\"line c1\" d=\"M195.3 31.2L332.7 94.8L470.0 73.6\"/>"))
        // The alert after step 3 in all ten.
        #expect(Self.count("<path class=\"mark\" d=\"M470.0 10.0V222.0\"/>", in: html) == 10)
        // Gradient norms 1, 2 and 3 on a logarithmic axis from 1 / 1.15 to 3 * 1.15:
        // 2 is at 222 - 212 * ln(2.3) / ln(3.9675) = 93.9.
        #expect(html.contains("L332.7 93.9L"))
    }

    // Six of ten: the first and the last, and the best instead of its nearest neighbour. 10 evaluations give the indices
    // 0, 1, 3, 5, 7, 9, so the steps 1, 2, 4, 6, 8, 10; the best, step 5, stands for step 4.
    @Test func showsSomeEvaluations() throws {
        let html = try Self.html(Self.folder(errors: [90, 80, 70, 60, 10, 20, 30, 40, 50, 60]))
        let steps = html.split(separator: "<figcaption><b>step ").dropFirst().map { String($0.prefix { $0.isNumber }) }
        #expect(steps == ["1", "2", "5", "6", "8", "10"])
        // Of the layer that reads most evenly.
        #expect(html.contains("decoder layer 2 of 2 attends to in the utterance <b>u&amp;1</b>"))
        #expect(html.contains(Data("2 of 5".utf8).base64EncodedString()))
        #expect(!html.contains(Data("1 of 5".utf8).base64EncodedString()))
        #expect(html.contains("slope 0.75, the best model"))
        #expect(html.contains("<blockquote>a &lt;b&gt; c</blockquote>"))
    }

    // In the folder 50 % of the tokens are right in training, and all words of the dev set are wrong.
    @Test(arguments: [
        (
            [90, 70, 80], TrainingVerdict.Kind.notLearned,
            "The decoder has not learned to listen. Of the dev set 100.0 %"
        ),
        // From 20 to 30 % of the characters: a rise of half.
        ([40, 20, 30], .byHeart, "20.0 % of the characters are wrong after step 2, the model that is kept"),
        // The last of four is the best, and 33 % below the third.
        ([40, 35, 30, 20], .stillFalling, "and the error was still falling"),
        // 29.5 of 30: less than 3 % below.
        ([40, 35, 30, 30], .settled, "and the error no longer falls"),
    ])
    func givesAVerdict(errors: [Int], kind: TrainingVerdict.Kind, text: String) throws {
        let folder = try Self.folder(errors: errors)
        let report = try TrainingReport(directory: folder.path)
        #expect(report.verdict.kind == kind && report.verdict.text.contains(text), "\(report.verdict)")
        let html = try report.html()
        let place = try #require(html.range(of: kind == .notLearned ? "class=\"verdict bad\"" : "class=\"verdict\""))
        #expect(place.lowerBound < html.range(of: "class=\"cards\"")!.lowerBound)
        if kind == .notLearned {
            #expect(report.verdict.text.contains("it predicts 50.0 % of the tokens, no more than can be guessed"))
            #expect(
                report.verdict.advice.hasPrefix(
                    "Start from a model that listens: --init english, or --init english-small for another language."))
            #expect(
                report.verdict.advice.contains("3 steps are few")
                    && report.verdict.advice.contains("loss.ctcWeight=0.3"))
        }
    }

    /// Of the first utterance each step has another text, of the second all have the same.
    @Test func foldsEqualTranscripts() throws {
        let html = try Self.html(Self.folder(errors: [90, 60, 70]))
        #expect(Self.count("<td class=\"n\">step ", in: html) == 3)
        #expect(Self.count("<td class=\"n\">steps 1 to 3</td>", in: html) == 1)
    }

    @Test func toleratesALastLineThatIsCutOff() throws {
        let folder = try Self.folder(errors: [90, 60], lastLine: #"{"accuracy":0.5,"audioInSe"#)
        #expect(try Self.html(folder).contains("2 steps in 1 epoch"))
    }

    /// Older runs wrote neither samples nor attention.
    @Test func readsARunWithoutPictures() throws {
        let folder = try TemporaryFolder()
        let step =
            #"{"accuracy":0.5,"audioInSeconds":1,"durationInSeconds":1,"epoch":2,"learningRate":0.5,"step":1,"#
            + #""wasSkipped":true}"#
        try folder.write("metrics.jsonl", step + "\n" + #"{"devLoss":1,"epoch":2,"step":1}"# + "\n")
        let html = try Self.html(folder)
        #expect(html.contains("Steps skipped</span><b>1</b>") && html.contains("no values yet"))
        #expect(!html.contains("<h2>Attention") && !html.contains("<h2>Transcripts") && !html.contains("<details"))
    }

    @Test func namesWhatIsMissing() throws {
        let folder = try Self.folder(errors: [90])
        try FileManager.default.removeItem(atPath: "\(folder.path)/attention/step-1-layer-2.png")
        #expect(try Self.html(folder).contains("\(folder.path)/attention/step-1-layer-2.png cannot be read"))
        try folder.write("metrics.jsonl", "")
        let empty = #expect(throws: TrainingError.self) { try Self.html(folder) }
        #expect(empty?.description.contains("metrics.jsonl: there is no step in it yet") == true)
        let none = #expect(throws: TrainingError.self) { try TrainingReport(directory: "\(folder.path)/none") }
        #expect(none?.description.contains("none/metrics.jsonl: no such file") == true)
    }
}
