"""TensorBoard: each measure beside the gray baseline, a picture grid, the network's graph."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from colorizer_tf import color
from colorizer_tf.training.callbacks.log import events_of

# Which line of a chart a key of the logs becomes: the same tag under several names is one chart.
LINES = {"val_": "valid", "gray_": "gray", "true_": "true"}


class TensorBoardLog(keras.callbacks.Callback):
    """Writes scalars and pictures each epoch, and the graph once.

    The x axis counts steps. Lines: "train", "valid", "gray" (a = b = 0) and "true".

    Args:
        folder: the log directory.
        step: steps taken before this fit.
        pictures: `(scaled L, scaled ab)` of the photos of the grid, or None.
    """

    def __init__(self, folder: Path, step: int, pictures: tuple[Any, Any] | None) -> None:
        super().__init__()
        self.folder, self.step, self.pictures = folder, step, pictures
        self._writers: dict[str, Any] = {}
        self._grid: np.ndarray | None = None

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        if self.step == 0:
            network = self.model.network
            traced = tf.function(lambda lightness: network(lightness, training=False))
            spec = tf.TensorSpec([1, *network.input_shape[1:]], tf.float32)
            with self._writer("train").as_default():
                tf.summary.graph(traced.get_concrete_function(spec).graph)

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        self.step += 1

    def on_test_end(self, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        # Now, while the averaged weights are in place that the scores are of.
        if self.pictures is not None:
            self._grid = picture_grid(self.model.network, *self.pictures)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        for key, value in (logs or {}).items():
            prefix = next((p for p in LINES if key.startswith(p)), "")
            with self._writer(LINES.get(prefix, "train")).as_default():
                tf.summary.scalar(key.removeprefix(prefix), float(value), self.step)
        events = events_of(logs or {})
        if events:
            with self._writer("train").as_default():
                tf.summary.text("events", f"epoch {epoch + 1}: {', '.join(events)}", self.step)
        if self._grid is not None:
            with self._writer("valid").as_default():
                tf.summary.image("gray | predicted | true", self._grid[None], self.step)
        for writer in self._writers.values():
            writer.flush()

    def _writer(self, line: str) -> Any:
        if line not in self._writers:
            self._writers[line] = tf.summary.create_file_writer(str(self.folder / line))
        return self._writers[line]

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        for writer in self._writers.values():
            writer.close()


def picture_grid(network: keras.Model, lightness: Any, ab: Any) -> np.ndarray:
    """A row a photo, gray | predicted | true side by side: uint8 `(n * h, 3 * w, 3)`.

    Args:
        network: from scaled L to scaled ab.
        lightness: `(n, h, w, 1)` scaled L.
        ab: `(n, h, w, 2)` scaled ab, the truth.
    """
    level = color.unscale_lightness(np.asarray(lightness))
    predicted = np.asarray(network(lightness, training=False))
    columns = [
        color.merge_lab(level, color.unscale_ab(column))
        for column in (np.zeros_like(predicted), predicted, np.asarray(ab))
    ]
    rows = np.concatenate(columns, axis=2)
    return np.round(255 * rows.reshape(-1, *rows.shape[2:])).astype(np.uint8)
