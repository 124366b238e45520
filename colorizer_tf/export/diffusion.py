"""What a SavedModel of a diffusion model can do: the sampler inside, and its parts."""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from colorizer_tf import color
from colorizer_tf.export.network import StoredModel, class_facts
from colorizer_tf.export.signatures import LIGHTNESS_SPEC, ColorizeModule, lengthened
from colorizer_tf.inference.model_json import CLASSES, GUIDANCE, STEPS
from colorizer_tf.inference.runtimes import AB
from colorizer_tf.inference.runtimes.diffusion import DENOISE, ENCODE
from colorizer_tf.models.diffusion_sampler import DiffusionSampler
from colorizer_tf.networks import conditioner
from colorizer_tf.networks.color_classes import CHROMA_COMPRESSION
from colorizer_tf.networks.denoiser import (
    CLASS_LOGITS,
    COLOR_SCALE,
    FEATURES,
    LABEL,
    NOISY,
    TIME,
    VELOCITY,
)
from colorizer_tf.networks.weight_names import DENOISER


class StoredDiffusion:
    """A U-Net and its denoiser, all arithmetic in float32; the interface of `StoredNetwork`.

    Args:
        network: the U-Net.
        denoiser: see `networks.denoiser`.
        stride: h and w it takes are multiples of this.
        weights: see `StoredNetwork`.
    """

    temperature, hints = None, None

    def __init__(
        self, network: keras.Model, denoiser: keras.Model, stride: int, weights: str = "float32"
    ) -> None:
        self.stride = stride
        self.conditioner = StoredModel(conditioner(network), weights)
        self.denoiser = StoredModel(denoiser, weights)
        self.weights = self.conditioner.weights | {
            DENOISER + name: value for name, value in self.denoiser.weights.items()
        }
        self.parameters = network.count_params() + denoiser.count_params()

    def classes(self, gain: float = 1.0) -> None:
        """None: it gives no distribution to read."""


class DiffusionModule(ColorizeModule):
    """The signatures of a diffusion model.

    Those of `ColorizeModule` draw with the seed 0; `sample_ab` draws as it is told. `encode` and
    `denoise` are its parts, for a loop of the caller's own.

    Args:
        stored: the networks.
        size, ab_stride: see `ColorizeModule`.
        labels: that the denoiser is conditioned on.
        steps: of the sampler.
        guidance: see `DiffusionSampler`.
    """

    def __init__(
        self,
        stored: StoredDiffusion,
        size: int,
        ab_stride: int,
        labels: tuple[str, ...] = (),
        steps: int = STEPS,
        guidance: float = GUIDANCE,
    ) -> None:
        super().__init__(stored, size, ab_stride)  # type: ignore[arg-type]
        self.stored, self._labels = stored, tuple(labels)
        self._steps, self._guidance = steps, guidance
        # Each is traced once for all signatures: they call it.
        self.encode = tf.function(self._encode, [LIGHTNESS_SPEC], autograph=False)
        self.denoise = tf.function(self._denoise, [self._denoiser_specs()], autograph=False)
        self._sampler = DiffusionSampler(
            self.encode,
            lambda inputs: self.denoise(inputs)[VELOCITY],
            ab_stride,
            bool(labels),
        )
        scalars = [
            tf.TensorSpec([], kind, name)
            for name, kind in [("seed", tf.int32), ("steps", tf.int32), ("guidance", tf.float32)]
        ]
        scalars += [tf.TensorSpec([], tf.int32, LABEL)] if labels else []
        self.sample_ab = tf.function(self._sample_ab, [LIGHTNESS_SPEC, *scalars], autograph=False)

    def signatures(self) -> dict[str, Any]:
        names = ("sample_ab", ENCODE, DENOISE)
        return super().signatures() | {name: getattr(self, name) for name in names}

    def facts(self) -> dict[str, Any]:
        """The entry "diffusion" of `model.json`."""
        facts = {
            "steps": self._steps,
            "guidance": self._guidance,
            "temperature": self._sampler.temperature,
            "noise": self._sampler.noise,
            "labels": list(self._labels),
            "color_scale": COLOR_SCALE * color.AB_MAX,
            "chroma_compression": CHROMA_COMPRESSION,
        }
        if CLASS_LOGITS in self.stored.denoiser.model.input:
            facts[CLASSES] = class_facts(self.ab_stride)
        return facts

    @tf.function(autograph=False, input_signature=[LIGHTNESS_SPEC])
    def predict(self, lightness: tf.Tensor) -> dict[str, tf.Tensor]:
        """Ab of L in [0, 100], drawn with the seed 0."""
        label = [tf.constant(0)] if self._labels else []
        numbers = tf.constant(0), tf.constant(self._steps), tf.constant(float(self._guidance))
        return self.sample_ab(lightness, *numbers, *label)

    def _sample_ab(
        self, lightness: tf.Tensor, seed: Any, steps: Any, guidance: Any, label: Any = 0
    ) -> dict[str, tf.Tensor]:
        shape = tf.shape(lightness)
        scaled_ab = self._sampler.scaled_ab(lightness, seed, steps, guidance, label)
        return {AB: color.unscale_ab(scaled_ab)[:, : shape[1], : shape[2]]}

    def _encode(self, lightness: tf.Tensor) -> dict[str, tf.Tensor]:
        return self.encoded(self.stored.conditioner, lightness)

    def _denoise(self, inputs: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        return {VELOCITY: self.stored.denoiser(inputs)}

    def encoded(self, conditioner: Callable[[Any], Any], lightness: tf.Tensor) -> dict[str, Any]:
        """What a denoiser is told of L in [0, 100]."""
        # The signature of a loaded model does not hold its callers to this by itself.
        lightness = tf.ensure_shape(lightness, [None, None, None, 1])
        padded = lengthened(lightness, self.stored.stride)
        return dict(conditioner(color.scale_lightness(padded)))

    def _denoiser_specs(self) -> dict[str, tf.TensorSpec]:
        kinds = {NOISY: 4, FEATURES: 4, CLASS_LOGITS: 4, TIME: 1, LABEL: 1}
        inputs = self.stored.denoiser.model.input
        return {
            name: tf.TensorSpec(
                [None] * (rank - 1) + [inputs[name].shape[-1] if rank > 1 else None],
                tf.int32 if name == LABEL else tf.float32,
                name,
            )
            for name, rank in kinds.items()
            if name in inputs
        }
