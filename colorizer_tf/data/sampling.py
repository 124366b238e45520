"""Sampling by folder, so that large folders do not dominate an epoch."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from colorizer_tf.base.errors import UsageError


@dataclasses.dataclass(frozen=True)
class Sampling:
    """How often photos of each folder (a record's label) are drawn; the defaults take all.

    Attributes:
        balance: 0 draws photos as they come. With 1, folders larger than the median one give as
            many photos an epoch as that one does, drawn anew each time; between the two, their
            surplus shrinks to its power of 1 - balance.
        left_out: folders of which none is drawn.
    """

    balance: float = 0.0
    left_out: tuple[str, ...] = ()

    def takes_all(self) -> bool:
        return not self.balance and not self.left_out

    def chances(self, counts: Mapping[str, int]) -> dict[str, float]:
        """How likely a photo of each folder is drawn, from the folders' counts of photos.

        Raises:
            UsageError: if a folder to leave out is not there, or none remains.
        """
        unknown = sorted(set(self.left_out) - set(counts))
        if unknown:
            raise UsageError(
                f"left_out: received {', '.join(unknown)}, expected folders of the records: "
                f"{', '.join(sorted(counts))}"
            )
        drawn = {label: count for label, count in counts.items() if label not in self.left_out}
        if not drawn:
            raise UsageError("left_out: received all folders of the records; leave one in")
        median = float(np.median(list(drawn.values())))
        return {
            label: min(1.0, median / count) ** self.balance if label in drawn else 0.0
            for label, count in counts.items()
        }

    def share(self, counts: Mapping[str, int]) -> float:
        """The share of all photos that an epoch takes."""
        chances = self.chances(counts)
        return sum(chances[label] * count for label, count in counts.items()) / sum(counts.values())


def draw(
    records: tf.data.Dataset, sampling: Sampling, counts: Mapping[str, int], seed: Any
) -> tf.data.Dataset:
    """Serialized records, each kept or not by chance; `seed`, two integers, fixes which."""
    chances = sampling.chances(counts)
    table = tf.lookup.StaticHashTable(
        tf.lookup.KeyValueTensorInitializer(
            tf.constant(list(chances)), tf.constant(list(chances.values()), tf.float32)
        ),
        1.0,
    )

    def is_drawn(number: Any, record: Any) -> Any:
        spec = {"label": tf.io.FixedLenFeature([], tf.string)}
        label = tf.io.parse_single_example(record, spec)["label"]
        own_seed = tf.random.experimental.stateless_fold_in(seed, number)
        return tf.random.stateless_uniform([], own_seed) < table.lookup(label)

    return records.enumerate().filter(is_drawn).map(lambda _, record: record)
