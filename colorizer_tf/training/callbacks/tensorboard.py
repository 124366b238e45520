"""TensorBoard: each measure beside the gray baseline, a picture grid, the network's graph."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from colorizer_tf import color
from colorizer_tf.training.callbacks.log import events_of

# Which line of a chart a key of the logs becomes: the same tag under several names is one chart.
LINES = {"val_": "valid", "gray_": "gray", "true_": "true"}

PICTURES = "gray | predicted | true"
ABOUT_PICTURES = "A row a held-out photo, the same ones each epoch."
DESCRIPTIONS = {
    "loss": "The loss that the network is trained on.",
    "reconstruction_loss": "The generator's loss against the true colors.",
    "adversarial_loss": "How far the generator is from being taken for real, patch by patch.",
    "adversarial_share": "Share of the adversarial loss in the generator's gradients: 0.5 is even.",
    "discriminator_loss": "The discriminator's loss on real and fake patches.",
    "real_accuracy": "Share of the true photos' patches that the discriminator takes for real.",
    "fake_accuracy": "Share of the generator's patches that the discriminator takes for fake.",
    "velocity_loss": "Squared error of the denoiser's velocity, over all noise rates.",
    "gradient_norm": "Norm of the gradients before they are clipped.",
    "generator_gradient_norm": "Norm of the generator's gradients before they are clipped.",
    "discriminator_gradient_norm": "Norm of the discriminator's gradients before clipping.",
    "learning_rate": "Of the network: it rises linearly, then falls as a cosine.",
    "discriminator_learning_rate": "Of the discriminator.",
    "adversarial_weight": "Weight of the adversarial loss: each rollback halves it.",
    "images_per_second": "Photos trained on a second, without compilation and validation.",
    "stage": "1: generator alone, 2: discriminator alone, 3: adversarial.",
    "delta_e": "Mean CIEDE2000 to the true photos, lower is better; gray: a = b = 0.",
    "psnr": "PSNR on sRGB in dB, mean over photos, higher is better; gray: a = b = 0.",
    "colorfulness": "Hasler and Suesstrunk's M3, mean over photos; the aim is the truth's.",
    "hue_diversity": "How much the photos' hues differ, 0 to 1; the aim is the truth's.",
    "score": "The guard's: error over gray's, plus errors of colorfulness and hues; to be low.",
    "event_collapse": "1: colors too weak or of one hue.",
    "event_over_saturation": "1: colors too strong.",
    "event_discriminator_won": "1: the discriminator is right nearly always.",
    "event_not_finite": "1: a measure or a loss is not finite.",
}


class TensorBoardLog(keras.callbacks.Callback):
    """Writes scalars and pictures each epoch, and before the first one; the graph once.

    The x axis counts steps. Lines: "train", "valid", "gray" (a = b = 0) and "true".

    Args:
        folder: the log directory.
        step: steps taken before this fit.
        pictures: `(scaled L, scaled ab)` of the photos of the grid, or None.
        baseline: of `baseline.measure_baseline`.
    """

    def __init__(
        self,
        folder: Path,
        step: int,
        pictures: tuple[Any, Any] | None,
        baseline: dict[str, float],
    ) -> None:
        super().__init__()
        self.folder, self.step, self.pictures = folder, step, pictures
        self.baseline = baseline
        self._writers: dict[str, Any] = {}
        self._grid: np.ndarray | None = None

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        if self.step == 0:
            self.on_test_end()
            self._write(self.baseline)
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
            lightness, true = in_units(*self.pictures)
            self._grid = picture_grid(lightness, self.model.samples(lightness), true)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._write(logs or {})
        events = events_of(logs or {})
        if events:
            with self._writer("train").as_default():
                tf.summary.text("events", f"epoch {epoch + 1}: {', '.join(events)}", self.step)

    def _write(self, values: dict[str, Any]) -> None:
        for key, value in values.items():
            prefix = next((p for p in LINES if key.startswith(p)), "")
            name = key.removeprefix(prefix)
            with self._writer(LINES.get(prefix, "train")).as_default():
                about = DESCRIPTIONS.get(name)
                tf.summary.scalar(name, float(value), self.step, description=about)
        if self._grid is not None:
            with self._writer("valid").as_default():
                tf.summary.image(PICTURES, self._grid[None], self.step, description=ABOUT_PICTURES)
        for writer in self._writers.values():
            writer.flush()

    def _writer(self, line: str) -> Any:
        if line not in self._writers:
            self._writers[line] = tf.summary.create_file_writer(str(self.folder / line))
        return self._writers[line]

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        for writer in self._writers.values():
            writer.close()


def picture_grid(lightness: np.ndarray, predicted: Sequence[Any], true: np.ndarray) -> np.ndarray:
    """A row a photo, gray | predicted | true side by side: uint8 `(n * h, columns * w, 3)`.

    Args:
        lightness: `(n, h, w, 1)`, L* in [0, 100].
        predicted: ab `(n, h, w, 2)` of each predicted column: a model that draws has several.
        true: ab `(n, h, w, 2)`.
    """
    predicted = [np.asarray(ab) for ab in predicted]
    columns = [
        color.merge_lab(lightness, column) for column in (np.zeros_like(true), *predicted, true)
    ]
    rows = np.concatenate(columns, axis=2)
    return np.round(255 * rows.reshape(-1, *rows.shape[2:])).astype(np.uint8)


def in_units(lightness: Any, ab: Any) -> tuple[np.ndarray, np.ndarray]:
    """L* and ab of scaled ones."""
    return color.unscale_lightness(np.asarray(lightness)), color.unscale_ab(np.asarray(ab))
