"""An event file as TensorBoard's own messages and record writer make it, byte for byte (tensorboard 2.21)."""

import pathlib

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import DATA_CLASS_TENSOR, Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.compat.proto.types_pb2 import DT_STRING
from tensorboard.summary.writer.record_writer import RecordWriter

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]

Value = Summary.Value
text = Value(
    tag="transcripts",
    tensor=TensorProto(
        dtype=DT_STRING,
        tensor_shape=TensorShapeProto(dim=[TensorShapeProto.Dim(size=2), TensorShapeProto.Dim(size=2)]),
        string_val=[s.encode() for s in ["said", "recognised", "机器学习", "机器 xué"]],
    ),
    metadata=SummaryMetadata(
        plugin_data=SummaryMetadata.PluginData(plugin_name="text"), data_class=DATA_CLASS_TENSOR
    ),
)
events = [
    Event(wall_time=1_700_000_000.25, file_version="brain.Event:2"),
    Event(
        wall_time=1_700_000_001.5,
        step=1,
        summary=Summary(value=[Value(tag="train/loss", simple_value=6.7), Value(tag="dev/wer", simple_value=0.0)]),
    ),
    Event(
        wall_time=1_700_000_002.75,
        step=300,
        summary=Summary(
            value=[
                Value(
                    tag="attention",
                    image=Summary.Image(height=2, width=300, colorspace=3, encoded_image_string=bytes(range(200))),
                ),
                text,
            ]
        ),
    ),
]
path = REPOSITORY / "Tests/TrainingTests/Fixtures/events.tfevents"
with open(path, "wb") as file:
    writer = RecordWriter(file)
    for event in events:
        writer.write(event.SerializeToString(deterministic=True))
