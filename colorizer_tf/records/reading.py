"""Reading single records back, one shard at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from colorizer_tf.base.errors import ColorizerError


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
    import tensorflow as tf

    number = 0
    try:
        for data in tf.data.TFRecordDataset(str(path), buffer_size=1 << 20).as_numpy_iterator():
            yield _parsed(tf.train.Example.FromString(data))
            number += 1
    except tf.errors.OpError as error:
        kind = type(error).__name__
        raise ColorizerError(f"{path.name}: record {number} is damaged ({kind})") from error
    except (ValueError, KeyError, IndexError) as error:
        raise ColorizerError(f"{path.name}: record {number} is no photo's record") from error
    except Exception as error:  # google.protobuf's DecodeError, from a module that may be renamed
        raise ColorizerError(f"{path.name}: record {number} is not a tf.train.Example") from error


def _parsed(example: Any) -> Record:
    feature = example.features.feature
    texts = {
        name: feature[name].bytes_list.value[0].decode() for name in ("source", "label", "sha256")
    }
    height, width = (feature[name].int64_list.value[0] for name in ("height", "width"))
    return Record(feature["lab"].bytes_list.value[0], height, width, **texts)
