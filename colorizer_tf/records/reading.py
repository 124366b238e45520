"""Reading single records back, one shard at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from google.protobuf.message import DecodeError

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.records.schema import example_class
from colorizer_tf.records.tfrecord import read_tfrecords


@dataclass(frozen=True)
class Record:
    """One record, its text decoded."""

    lab: bytes
    height: int
    width: int
    source: str
    label: str
    sha256: str

    def picture(self) -> np.ndarray:
        """The `(height, width, 3)` uint8 picture in the 8-bit LAB coding."""
        return np.frombuffer(self.lab, np.uint8).reshape(self.height, self.width, 3)


def read_shard(path: Path) -> Iterator[Record]:
    """The records of a shard.

    Raises:
        ColorizerError: at a record whose checksum or content is wrong; the message is the reason.
    """
    number = -1
    try:
        for number, data in enumerate(read_tfrecords(path)):
            yield _parsed(data, f"{path.name}: record {number}")
    except (OSError, ValueError) as error:
        raise ColorizerError(f"{path.name}: record {number + 1} is damaged ({error})") from error


def _parsed(data: bytes, name: str) -> Record:
    try:
        feature = example_class().FromString(data).features.feature
        texts = {
            name: feature[name].bytes_list.value[0].decode()
            for name in ("source", "label", "sha256")
        }
        height, width = (feature[name].int64_list.value[0] for name in ("height", "width"))
        return Record(feature["lab"].bytes_list.value[0], height, width, **texts)
    except DecodeError as error:
        raise ColorizerError(f"{name} is not a tf.train.Example") from error
    except (ValueError, KeyError, IndexError) as error:
        raise ColorizerError(f"{name} is no photo's record") from error
