"""The record: one square photo as a `tf.train.Example`, and the names of shards."""

import functools
import re
from typing import Any

import numpy as np
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

FORMAT_VERSION = 1
SPLITS = ("train", "valid")
SHARD_NAME = re.compile(r"(train|valid)-\d{5,}\.tfrecord")


def shard_name(split: str, index: int) -> str:
    """The file name of a shard: `train-00000.tfrecord`."""
    return f"{split}-{index:05d}.tfrecord"


def serialize_record(lab: np.ndarray, source: str, label: str, sha256: str) -> bytes:
    """One record.

    Args:
        lab: `(h, w, 3)` uint8 in OpenCV's 8-bit LAB coding.
        source: path of the photo inside its source.
        label: the name of its folder.
        sha256: of the photo's file, in hexadecimal.

    Returns:
        A serialized `tf.train.Example`; equal records give equal bytes.
    """
    example = example_class()()
    feature = example.features.feature
    feature["lab"].bytes_list.value.append(lab.tobytes())
    feature["height"].int64_list.value.append(lab.shape[0])
    feature["width"].int64_list.value.append(lab.shape[1])
    feature["source"].bytes_list.value.append(source.encode())
    feature["label"].bytes_list.value.append(label.encode())
    feature["sha256"].bytes_list.value.append(sha256.encode())
    # The order of a map is arbitrary unless `deterministic`.
    return example.SerializeToString(deterministic=True)


@functools.cache
def example_class() -> Any:
    """`tf.train.Example`, without TensorFlow: its fields, as far as records use them.

    Its messages lie in a pool of their own: TensorFlow, loaded as well, has the same names.
    """
    file = descriptor_pb2.FileDescriptorProto(name="example.proto", package="records")
    file.syntax = "proto3"
    field = descriptor_pb2.FieldDescriptorProto
    for name, kind in (("BytesList", field.TYPE_BYTES), ("Int64List", field.TYPE_INT64)):
        _add_field(file.message_type.add(name=name), "value", 1, kind, repeated=True)
    feature = file.message_type.add(name="Feature")
    feature.oneof_decl.add(name="kind")
    for name, number, of in (("bytes_list", 1, "BytesList"), ("int64_list", 3, "Int64List")):
        _add_field(feature, name, number, of).oneof_index = 0
    features = file.message_type.add(name="Features")
    entry = features.nested_type.add(name="FeatureEntry")
    entry.options.map_entry = True
    _add_field(entry, "key", 1, field.TYPE_STRING)
    _add_field(entry, "value", 2, "Feature")
    _add_field(features, "feature", 1, "Features.FeatureEntry", repeated=True)
    _add_field(file.message_type.add(name="Example"), "features", 1, "Features")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("records.Example"))


def _add_field(message: Any, name: str, number: int, kind: Any, *, repeated: bool = False) -> Any:
    """A field of a scalar kind, or of a message by its name."""
    field = message.field.add(name=name, number=number)
    field.label = field.LABEL_REPEATED if repeated else field.LABEL_OPTIONAL
    if isinstance(kind, str):
        field.type, field.type_name = field.TYPE_MESSAGE, f".records.{kind}"
    else:
        field.type = kind
    return field
