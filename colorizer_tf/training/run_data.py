"""The batches of a run: its training split from any step on, and its held-out photos."""

import contextlib
import functools
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import tensorflow as tf

from colorizer_tf.base.errors import ColorizerError, UsageError
from colorizer_tf.data.pipeline import load_records
from colorizer_tf.data.request import Augmentation, BatchRequest, count_batches, count_records
from colorizer_tf.data.sampling import Sampling
from colorizer_tf.models.options import TrainConfig
from colorizer_tf.records.verify import verify_records

WHOLE = (0, 1)


@dataclass(frozen=True)
class RunData:
    """The record sets of a run.

    Attributes:
        config: the run's settings.
        worker: (index, count): which of how many machines this is.
    """

    config: TrainConfig
    worker: tuple[int, int] = WHOLE

    def check(self) -> None:
        """Raise a `ColorizerError` if the records do not fit the settings."""
        self._train_request().check()
        self._valid_request(WHOLE).check()
        if self.steps_per_pass() < 1:
            photos = count_records(self.config.records, "train") // self.worker[1]
            raise UsageError(
                f"{self.config.records}: {photos} training records are less than one batch of "
                f"{self._share()}: lower --batch-size to at most {photos * self.worker[1]}"
            )

    @contextlib.contextmanager
    def damage_named(self) -> Iterator[None]:
        """Turn TensorFlow's error on damaged records into one that names shard and record."""
        try:
            yield
        except tf.errors.DataLossError as error:
            for records in dict.fromkeys((self.config.records, self._valid_records())):
                problems = verify_records(records)
                if problems:
                    raise ColorizerError(
                        f"{records}: {problems[0]}; delete that shard, then run the same "
                        f"colorizer-tf build-records again to restore it"
                    ) from error
            raise

    def steps_per_pass(self) -> int:
        """Steps in one pass over the training split."""
        return count_batches(self._train_request())

    def steps_per_epoch(self) -> int:
        """Steps that count as an epoch."""
        return self.config.steps_per_epoch or self.steps_per_pass()

    def train(self, step: int) -> tf.data.Dataset:
        """This machine's share of the training batches, from a step of the run on."""
        passes, total = self.steps_per_pass(), self.config.epochs * self.steps_per_epoch()
        epochs = range(step // passes, math.ceil(total / passes))
        request = replace(self._train_request(), epochs=epochs, first_step=step % passes)
        return load_records(replace(request, labels=self._labels()))

    @functools.cached_property
    def valid(self) -> tf.data.Dataset:
        """Masked batches of all held-out photos."""
        return load_records(self._valid_request(WHOLE))

    @functools.cached_property
    def valid_for_model(self) -> tf.data.Dataset:
        """`valid` of this machine's share, with labels if the model is conditioned on them."""
        if self.worker == WHOLE and self._labels() is None:
            return self.valid
        return load_records(replace(self._valid_request(self.worker), labels=self._labels()))

    def first_photos(self, count: int) -> tuple[tf.Tensor, tf.Tensor]:
        """Scaled L and scaled ab of the first held-out photos."""
        lightness, ab, _ = next(iter(self.valid.unbatch().batch(count)))
        return lightness, ab

    def _labels(self) -> tuple[str, ...] | None:
        return self.config.labels if self.config.condition == "label" else None

    def _valid_records(self) -> str:
        return self.config.valid_records or self.config.records

    def _share(self) -> int:
        return self.config.batch_size // self.worker[1]

    def _train_request(self) -> BatchRequest:
        config = self.config
        return BatchRequest(
            config.records,
            "train",
            self._share(),
            size=config.size,
            augmentation=Augmentation(config.flip, config.crop_scale, config.jitter, config.age),
            sampling=Sampling(config.balance, config.left_out),
            seed=config.seed,
            shuffle_buffer=config.shuffle_buffer,
            worker=self.worker,
        )

    def _valid_request(self, worker: tuple[int, int]) -> BatchRequest:
        return BatchRequest(
            self._valid_records(),
            "valid",
            self.config.batch_size // worker[1],
            size=self.config.size,
            remainder="mask",
            worker=worker,
        )
