"""A training run -> a SavedModel that needs neither this package, nor Keras, nor a custom op."""

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from colorizer_tf import __version__, color
from colorizer_tf.callbacks import best_row, read_history
from colorizer_tf.callbacks.checkpoints import BEST
from colorizer_tf.colorizer import FORMAT_VERSION
from colorizer_tf.config import RecordOptions
from colorizer_tf.errors import ColorizerError
from colorizer_tf.train import read_config

SIGNATURES = ("predict_ab", "colorize", "colorize_bytes")
LICENCE = "Apache-2.0"

_HALF_PRECISION = {"float16", "bfloat16", "mixed_float16", "mixed_bfloat16"}


def export_run(
    run: str | Path,
    out: str | Path,
    *,
    size: int | None = None,
    licence: str = LICENCE,
    overwrite: bool = False,
) -> Path:
    """Export the best model of a run, and what is known of it, as a SavedModel.

    Args:
        run: the run's folder, with `best.keras` and `config.json`.
        out: the folder to write; its name becomes the model's.
        size: the scale at which colour is predicted, in pixels: photos are brought to the area of a
            square of this side; the size it was trained at by default.
        licence: what `model.json` says of the weights' licence.
        overwrite: replace a model that is at `out` already.

    Returns:
        The folder written.

    Raises:
        ColorizerError: if the run holds no trained model, or `out` exists.
    """
    run, out = Path(run), Path(out)
    check_target(out, overwrite)
    config = read_config(run)
    model = _load_best(run)
    manifest = _optional_json(Path(config.records, "manifest.json"))
    trained_at = config.size or manifest.get("size") or RecordOptions().size
    facts = {
        "kind": config.model,
        "run": run.resolve().name,
        "trained_at": trained_at,
        "trained_on": {"records": Path(config.records).name, "counts": manifest.get("records", {})},
        "metrics": _best_metrics(run),
        "git_revision": _optional_json(run / "environment.json").get("git_revision"),
        "licence": licence,
    }
    return export_network(
        model.averaged_network(),
        model.stride,
        out,
        size=size or trained_at,
        facts=facts,
        overwrite=overwrite,
    )


def export_network(
    network: Any,
    stride: int,
    out: str | Path,
    *,
    size: int,
    facts: Mapping[str, Any] | None = None,
    overwrite: bool = False,
) -> Path:
    """Write a network as a SavedModel with its signatures, and `model.json` beside it.

    Args:
        network: functional Keras model, `(n, h, w, 1)` scaled L to `(n, h, w, 2)` scaled ab.
        stride: h and w it takes are multiples of this.
        out: the folder to write; it appears whole or not at all.
        size: the scale at which `colorize` predicts colour, in pixels.
        facts: further entries of `model.json`.
        overwrite: replace a model that is at `out` already.

    Returns:
        The folder written.

    Raises:
        ColorizerError: if `out` exists and is not to be replaced or not a SavedModel, or cannot be
            written.
    """
    out = Path(out)
    check_target(out, overwrite)
    described = {
        "format_version": FORMAT_VERSION,
        "name": out.name,
        "size": size,
        "stride": stride,
        "parameters": network.count_params(),
        "signatures": list(SIGNATURES),
        "versions": {
            "colorizer_tf": __version__,
            "tensorflow": tf.__version__,
            "keras": keras.__version__,
        },
        "licence": LICENCE,
    } | dict(facts or {})
    module = ColorizeModule(in_float32(network), stride, size)
    try:
        _write(module, json.dumps(described, indent=2) + "\n", out)
    except (OSError, tf.errors.OpError) as error:
        raise ColorizerError(
            f"cannot write {out}: {error}; free some space there, or choose another --out"
        ) from error
    return out


def _write(module: tf.Module, info: str, out: Path) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as folder:
        fresh = Path(folder, "new")
        signatures = {name: getattr(module, name) for name in SIGNATURES}
        tf.saved_model.save(module, str(fresh), signatures=signatures)
        (fresh / "model.json").write_text(info, "utf-8")
        _take_place(fresh, out, Path(folder, "old"))


def _take_place(fresh: Path, out: Path, old: Path) -> None:
    """Move a folder to `out`; what was there goes to `old`, and back if the move fails."""
    replaced = out.exists()
    if replaced:
        out.rename(old)
    try:
        fresh.rename(out)
    except OSError:
        if replaced:
            old.rename(out)
        raise


def check_target(out: Path, overwrite: bool) -> None:
    """Refuse a target that exists, unless it is a SavedModel or empty, and may be replaced.

    Raises:
        ColorizerError: with what to do instead.
    """
    if not os.path.lexists(out) or (out.is_dir() and not any(out.iterdir())):
        return
    if not (out / "saved_model.pb").is_file():
        raise ColorizerError(f"{out} exists and is not a SavedModel: choose another --out")
    if not overwrite:
        raise ColorizerError(f"{out} holds a model already: --overwrite replaces it")


class ColorizeModule(tf.Module):
    """The signatures over a float32 network, in TensorFlow ops alone."""

    def __init__(self, network: Any, stride: int, size: int) -> None:
        super().__init__(name="colorizer")
        # Only the variables are tracked: Keras objects would ask for Keras on loading.
        self.weights = [variable.value for variable in network.variables]
        self._scaled_ab = lambda lightness: network(lightness, training=False)
        self._stride = stride
        self._area = float(size * size)

    @tf.function(
        autograph=False, input_signature=[tf.TensorSpec([None, None, None, 1], tf.float32)]
    )
    def predict_ab(self, lightness: tf.Tensor) -> dict[str, tf.Tensor]:
        """L in [0, 100] to ab, at any height and width."""
        return {"ab": self._predict(lightness)}

    @tf.function(
        autograph=False, input_signature=[tf.TensorSpec([None, None, None, None], tf.uint8)]
    )
    def colorize(self, image: tf.Tensor) -> dict[str, tf.Tensor]:
        """Gray or sRGB photos of one size to sRGB, on their own lightness."""
        return {"image": self._colorize(image)}

    @tf.function(autograph=False, input_signature=[tf.TensorSpec([None], tf.string)])
    def colorize_bytes(self, encoded: tf.Tensor) -> dict[str, tf.Tensor]:
        """Encoded photos of any sizes to PNG."""

        def one(data: tf.Tensor) -> tf.Tensor:
            image = _decode(data)
            return tf.io.encode_png(self._colorize(image[None])[0])

        return {"png": tf.map_fn(one, encoded, fn_output_signature=tf.string)}

    def _predict(self, lightness: tf.Tensor) -> tf.Tensor:
        height, width = _sides(lightness)
        padded = tf.gather(lightness, _reflected(height, self._stride), axis=1)
        padded = tf.gather(padded, _reflected(width, self._stride), axis=2)
        scaled_ab = self._scaled_ab(color.scale_lightness(padded))
        return color.unscale_ab(scaled_ab)[:, :height, :width]

    def _colorize(self, image: tf.Tensor) -> tf.Tensor:
        channels = tf.shape(image)[3]
        with tf.control_dependencies(
            [
                tf.debugging.assert_equal(
                    (channels == 1) | (channels == 3),
                    True,
                    "a photo must have 1 (gray) or 3 (sRGB) channels",
                ),
                tf.debugging.assert_positive(tf.shape(image), "a photo must not be empty"),
            ]
        ):
            count, (height, width) = tf.shape(image)[0], _sides(image)
            rgb = tf.broadcast_to(image, [count, height, width, 3])
        lightness = color.rgb_to_lightness(rgb)
        sides = self._network_sides(height, width)
        ab = self._predict(tf.image.resize(lightness, sides, antialias=True))
        ab = tf.image.resize(ab, [height, width], antialias=True)
        return tf.cast(tf.round(color.merge_lab(lightness, ab) * 255.0), tf.uint8)

    def _network_sides(self, height: tf.Tensor, width: tf.Tensor) -> tf.Tensor:
        sides = tf.cast([height, width], tf.float64)
        sides *= tf.sqrt(tf.cast(self._area, tf.float64) / tf.reduce_prod(sides))
        return tf.cast(tf.clip_by_value(tf.round(sides), 1.0, self._area), tf.int32)


def _sides(image: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    shape = tf.shape(image)
    return shape[1], shape[2]


def _reflected(side: tf.Tensor, stride: int) -> tf.Tensor:
    """Indices that lengthen a side by reflection to a multiple of the stride.

    A triangle wave, since `tf.pad` reflects at most once, and not at all at a side of 1.
    """
    period = tf.maximum(2 * (side - 1), 1)
    wave = tf.range((side + stride - 1) // stride * stride) % period
    return tf.minimum(tf.minimum(wave, period - wave), side - 1)


def _decode(data: tf.Tensor) -> tf.Tensor:
    """Gray or RGB `(h, w, 1 or 3)` uint8 of an encoded photo; alpha is put over white."""
    image = tf.io.decode_image(data, expand_animations=False)
    channels = tf.shape(image)[2]

    def over_white() -> tf.Tensor:
        floats = tf.cast(image, tf.float32)
        alpha = floats[..., -1:] / 255.0
        return tf.cast(tf.round(floats[..., :-1] * alpha + 255.0 * (1.0 - alpha)), tf.uint8)

    return tf.cond((channels == 2) | (channels == 4), over_white, lambda: image)


def in_float32(network: Any) -> Any:
    """The network with all arithmetic in float32: itself, or a copy with the same weights."""
    config = network.get_config()
    plain = _without_half_precision(config)
    if plain == config:
        return network
    copy = type(network).from_config(plain)
    copy.set_weights(network.get_weights())
    return copy


def _without_half_precision(config: Any) -> Any:
    if isinstance(config, dict):
        return {key: _without_half_precision(value) for key, value in config.items()}
    if isinstance(config, (list, tuple)):
        return type(config)(_without_half_precision(value) for value in config)
    return "float32" if isinstance(config, str) and config in _HALF_PRECISION else config


def _best_metrics(run: Path) -> dict[str, float]:
    """The best epoch's figures on the valid split, and the gray baseline's; empty without any."""
    kept = ("epoch", "val_", "gray_", "true_")
    row = best_row(read_history(run)) or {}
    return {name: value for name, value in row.items() if name.startswith(kept)}


def _load_best(run: Path) -> Any:
    path = run / BEST
    if not path.is_file():
        raise ColorizerError(
            f"{run} holds no {BEST}: the run has not finished an epoch; go on with it: "
            f"colorizer-tf train --resume --out {run}"
        )
    try:
        return keras.saving.load_model(path)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ColorizerError(f"{path} cannot be loaded: {error}") from error


def _optional_json(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError):
        return {}
