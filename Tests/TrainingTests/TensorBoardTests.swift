import Files
import FoundationEssentials
import TestSupport
import Testing
import Training

@Suite struct TensorBoardTests {
    // RFC 3720, appendix B.4, bytes of the checksum in the order of that table.
    @Test(
        arguments: [
            ([UInt8](repeating: 0, count: 32), 0x8A91_36AA), ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
            ([UInt8](0...31), 0x46DD_794E), ((0...31).reversed(), 0x113F_DB5C), ([], 0),
        ] as [([UInt8], UInt32)])
    func checksum(bytes: [UInt8], expected: UInt32) {
        #expect(CRC32C.checksum(bytes) == expected)
    }

    // 0x8A9136AA rotated right by 15 bits is 0x6D551522; plus 0xA282EAD8 it is 0x10FD7FFFA, without the carry 0x0FD7FFFA.
    @Test func maskedChecksum() {
        #expect(CRC32C.masked([UInt8](repeating: 0, count: 32)) == 0x0FD7_FFFA)
    }

    // scripts/golden/tensorboard_events.py: TensorBoard's own messages and record writer, byte for byte.
    @Test func golden() throws {
        let path = #filePath.replacing("TensorBoardTests.swift", with: "Fixtures/events.tfevents")
        let rows = [["said", "recognised"], ["机器学习", "机器 xué"]]
        let records = [
            TensorBoardEvent.fileVersion(wallTime: 1_700_000_000.25),
            TensorBoardEvent(
                wallTime: 1_700_000_001.5, step: 1,
                values: [.scalar(tag: "train/loss", 6.7), .scalar(tag: "dev/wer", 0)]
            ).bytes,
            TensorBoardEvent(
                wallTime: 1_700_000_002.75, step: 300,
                values: [
                    .image(tag: "attention", png: Data(0..<200), width: 300, height: 2),
                    .table(tag: "transcripts", rows: rows),
                ]
            ).bytes,
        ]
        let expected = try Data(contentsOf: URL(filePath: path))
        #expect(records.flatMap(RecordFile.framed) == [UInt8](expected))
        #expect(records.map { TensorBoardEvent.step(of: $0[...]) } == [0, 1, 300])
    }

    private static func event(step: Int) -> [UInt8] {
        TensorBoardEvent(wallTime: 1, step: step, values: [.scalar(tag: "loss", Float(step))]).bytes
    }

    // What lies beyond the checkpoint goes, as does a record that was cut off or damaged, with all that follows it.
    @Test func keepsWholeRecordsUpToAStep() throws {
        let folder = try TemporaryFolder()
        let records = [TensorBoardEvent.fileVersion(wallTime: 1)] + [1, 2, 3].map(Self.event)
        let framed = records.map(RecordFile.framed)
        var damaged = framed.flatMap { $0 }
        damaged[framed[0].count + framed[1].count + 14] ^= 1  // in the record of step 2
        for (bytes, kept) in [
            (framed.flatMap { $0 }, 3), (Array(framed.flatMap { $0 }.dropLast(1)), 3), (damaged, 2),
            (Array(framed[0].dropLast(1)), 0), ([], 0),
        ] {
            let path = try folder.write("events", bytes: bytes)
            let isEmpty = try RecordFile(path: path).keep { (TensorBoardEvent.step(of: $0) ?? .max) <= 2 }
            #expect(isEmpty == (kept == 0))
            #expect(try [UInt8](Data(contentsOf: URL(filePath: path))) == framed.prefix(kept).flatMap { $0 })
        }
        #expect(try RecordFile(path: "\(folder.path)/none").keep { _ in true })
    }

    // 300 is 0b10_0101100: the bytes 0xAC 0x02 (protobuf.dev, "Encoding"). Key of field 2, varint: 2 << 3 | 0 = 0x10.
    @Test func integersOfMessages() {
        #expect(ProtobufMessage.integer(2, of: [0x10, 0xAC, 0x02]) == 300)
        #expect(ProtobufMessage.integer(2, of: [0x0A, 0x02, 0x10, 0x07, 0x10, 0x09]) == 9)
        #expect(ProtobufMessage.integer(2, of: [0x0A, 0x02, 0x10, 0x07]) == 0)
        for broken: [UInt8] in [[0x10], [0x10, 0xAC], [0x0A, 0x05, 0x01], [0x09, 0x01], [0x13, 0x01]] {
            #expect(ProtobufMessage.integer(2, of: broken[...]) == nil)
        }
        var message = ProtobufMessage()
        message.add(1, -1)
        #expect(message.bytes == [0x08] + [UInt8](repeating: 0xFF, count: 9) + [0x01])
        #expect(ProtobufMessage.integer(1, of: message.bytes[...]) == -1)
    }
}
