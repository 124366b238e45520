"""The record: one square photo as a `tf.train.Example`, and the names of shards."""

import re

import numpy as np

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
    import tensorflow as tf

    example = tf.train.Example()
    feature = example.features.feature
    feature["lab"].bytes_list.value.append(lab.tobytes())
    feature["height"].int64_list.value.append(lab.shape[0])
    feature["width"].int64_list.value.append(lab.shape[1])
    feature["source"].bytes_list.value.append(source.encode())
    feature["label"].bytes_list.value.append(label.encode())
    feature["sha256"].bytes_list.value.append(sha256.encode())
    # The order of a map is arbitrary unless `deterministic`.
    return example.SerializeToString(deterministic=True)
