import FoundationEssentials

/// One record of a TensorBoard event file: the message `Event` (tensorflow/tensorboard `tensorboard/compat/proto/
/// event.proto`), with a `Summary` (`summary.proto`) of values that belong to a step.
package struct TensorBoardEvent {
    /// One named value.
    package enum Value {
        /// A number, for the Scalars page.
        case scalar(tag: String, Float)
        /// A picture, for the Images page; sizes in pixels.
        case image(tag: String, png: Data, width: Int, height: Int)
        /// A table of texts, its first row the header, for the Text page.
        case table(tag: String, rows: [[String]])
    }

    /// Seconds since 1970.
    package var wallTime: Double
    package var step: Int
    package var values: [Value]

    package init(wallTime: Double, step: Int, values: [Value]) {
        self.wallTime = wallTime
        self.step = step
        self.values = values
    }

    /// The encoded message.
    package var bytes: [UInt8] {
        var event = ProtobufMessage()
        event.add(EventField.wallTime, wallTime)
        if step != 0 { event.add(EventField.step, step) }
        var summary = ProtobufMessage()
        for value in values { summary.add(1, value.message) }
        event.add(EventField.summary, summary)
        return event.bytes
    }

    /// The record that begins every event file.
    package static func fileVersion(wallTime: Double) -> [UInt8] {
        var event = ProtobufMessage()
        event.add(EventField.wallTime, wallTime)
        event.add(EventField.fileVersion, "brain.Event:2")
        return event.bytes
    }

    /// The step of an encoded event; nil if it is none.
    package static func step(of bytes: ArraySlice<UInt8>) -> Int? {
        ProtobufMessage.integer(EventField.step, of: bytes)
    }

    /// Fields of `Event`.
    private enum EventField {
        static let wallTime = 1
        static let step = 2
        static let fileVersion = 3
        static let summary = 5
    }
}

extension TensorBoardEvent.Value {
    /// `Summary.Value`: tag 1, simple_value 2, image 4, tensor 8, metadata 9.
    fileprivate var message: ProtobufMessage {
        var message = ProtobufMessage()
        switch self {
        case .scalar(let tag, let value):
            message.add(1, tag)
            message.add(2, value)
        case .image(let tag, let png, let width, let height):
            var image = ProtobufMessage()
            image.add(1, height)
            image.add(2, width)
            image.add(3, 3)  // colour space RGB
            image.add(4, png)
            message.add(1, tag)
            message.add(4, image)
        case .table(let tag, let rows):
            message.add(1, tag)
            message.add(8, Self.tensor(rows))
            message.add(9, Self.textMetadata)
        }
        return message
    }

    /// `TensorProto` of the texts, [row, column].
    private static func tensor(_ rows: [[String]]) -> ProtobufMessage {
        var shape = ProtobufMessage()
        for size in [rows.count, rows.first?.count ?? 0] {
            var dimension = ProtobufMessage()
            dimension.add(1, size)
            shape.add(2, dimension)
        }
        var tensor = ProtobufMessage()
        tensor.add(1, 7)  // DT_STRING
        tensor.add(2, shape)
        for text in rows.joined() { tensor.add(8, text) }
        return tensor
    }

    /// `SummaryMetadata` that gives a tensor to the plugin `text`.
    private static var textMetadata: ProtobufMessage {
        var plugin = ProtobufMessage()
        plugin.add(1, "text")
        var metadata = ProtobufMessage()
        metadata.add(1, plugin)
        metadata.add(4, 2)  // DATA_CLASS_TENSOR
        return metadata
    }
}
