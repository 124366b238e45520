"""A training run."""

import dataclasses
from dataclasses import dataclass
from typing import Any

from colorizer_tf.base.options.fields import check, check_choices, option


@dataclass(frozen=True)
class TrainConfig:
    """A training run. A recipe (TOML) holds any of these keys."""

    model: str = option("cnn", "what to train", ("cnn", "gan"))
    records: str = option("tfrecords/photos", "record set to train on, from build-records")
    valid_records: str = option("", "record set whose valid split is used (default: --records)")
    size: int = option(0, "train at this size, below the records' own (0: the records' size)")

    widths: tuple[int, ...] = option(
        (32, 64, 128, 256, 384), "channels of the U-Net's levels, from half size down"
    )
    ab_stride: int = option(
        2, "how much coarser than the picture the predicted ab is: 2, 4, ... up to the last level's"
    )
    blocks: int = option(1, "blocks a level")
    shortcuts: bool = option(True, "residual blocks, else plain ones")
    skips: bool = option(True, "connect encoder and decoder levels of equal size")
    norm: str = option("batch", "normalization", ("batch", "group", "none"))
    context: str = option(
        "none",
        "what the coarsest level sees of the whole picture: pool (its mean) or attention",
        ("none", "pool", "attention"),
    )
    head: str = option(
        "ab", "predict ab, or a distribution over classes of color", ("ab", "classes")
    )
    temperature: float = option(
        1.0, "of the distribution over classes: 1 gives its mean color, less a livelier one"
    )

    loss: str = option(
        "auto",
        "reconstruction loss; auto: mse for cnn, mae (L1) for gan; classes and rebalanced (strong "
        "colors count more) are cross-entropies for --head classes",
        ("auto", "mse", "mae", "huber", "perceptual", "vivid", "classes", "rebalanced"),
    )
    optimizer: str = option("adamw", "optimizer", ("adamw", "adam", "sgd"))
    learning_rate: float = option(
        0.0, "peak learning rate, after the warm-up (0: 1e-3 for cnn, 2e-4 for gan)"
    )
    beta_1: float = option(
        0.0, "how long adam and adamw remember gradients (0: 0.9 for cnn, 0.5 for gan)"
    )
    warmup: float = option(0.03, "share of all steps in which the learning rate rises to its peak")
    weight_decay: float = option(0.01, "weight decay of adamw")
    clip_norm: float = option(
        1.0, "clip the gradients of a loss of weight 1 to this global norm (0: do not)"
    )
    ema: float = option(0.0, "momentum of averaged weights, e.g. 0.999, used to validate (0: none)")

    epochs: int = option(20, "passes over the training split")
    steps_per_epoch: int = option(0, "steps that count as an epoch (0: one pass over the split)")
    batch_size: int = option(64, "photos a step, over all devices together")
    seed: int = option(0, "fixes weights, order and augmentation")
    precision: str = option("float32", "arithmetic", ("float32", "mixed_bfloat16", "mixed_float16"))
    deterministic: bool = option(False, "bit-equal reruns on one machine, for some speed")
    devices: str = option("auto", "auto (all GPUs, else the CPU), cpu, or a list: gpu:0,gpu:1")
    init_from: str = option("", "start from the best weights of this run")

    generator_epochs: int = option(1, "gan: first so many epochs by the reconstruction loss alone")
    discriminator_epochs: int = option(
        1, "gan: then so many epochs of the discriminator alone; those left are adversarial"
    )
    discriminator_widths: tuple[int, ...] = option(
        (64, 128, 256, 512),
        "gan: channels of the discriminator; 4 see patches of 70 px, 3 of 34, 2 of 16",
    )
    discriminator_norm: str = option(
        "none", "gan: the discriminator's normalization", ("none", "batch", "group")
    )
    spectral_norm: bool = option(True, "gan: spectral normalization of the discriminator")
    adversarial_loss: str = option(
        "bce", "gan: binary cross-entropy or hinge, of patch logits", ("bce", "hinge")
    )
    adversarial_weight: float = option(1.0, "gan: weight of the adversarial loss")
    reconstruction_weight: float = option(100.0, "gan: weight of the reconstruction loss")
    discriminator_learning_rate: float = option(
        0.0, "gan: the discriminator's peak learning rate (0: the generator's)"
    )
    label_smoothing: float = option(
        0.0, "gan: real patches are labeled 1 less this, with adversarial loss bce"
    )
    r1: float = option(0.0, "gan: weight of the R1 gradient penalty on real pictures (0: none)")

    on_collapse: str = option(
        "stop",
        "after an event of the guard: stop, go back to the last good checkpoint with half the "
        "adversarial weight, or only report it",
        ("stop", "rollback", "ignore"),
    )
    collapse_below: float = option(
        0.25, "guard: collapse under this share of the truth's hue diversity or colorfulness"
    )
    saturation_above: float = option(
        1.5, "guard: over-saturation above this multiple of the truth's colorfulness"
    )
    won_above: float = option(
        0.95, "guard: the discriminator has won above this accuracy on real and fake patches"
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
    balance: float = option(
        0.0,
        "draw the photos of large folders less: 0 as they come, 1 as many of each as the median",
    )
    left_out: str = option("", "folders of the records to train without, as a comma list")
    shuffle_buffer: int = option(2048, "records that are shuffled together")

    checkpoint_minutes: float = option(
        5.0, "minutes between checkpoints within an epoch (0: every step)"
    )
    pictures: int = option(8, "validation photos in TensorBoard's picture grid (0: none)")

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "blocks"):
            check(getattr(self, name) >= 1, name, getattr(self, name), "at least 1")
        check(self.widths and min(self.widths) >= 1, "widths", self.widths, "positive integers")
        strides = [2 ** (level + 1) for level in range(len(self.widths))]
        check(self.ab_stride in strides, "ab_stride", self.ab_stride, f"one of {strides}")
        check(0 < self.temperature <= 1, "temperature", self.temperature, "above 0, at most 1")
        if self.loss in ("classes", "rebalanced"):
            wanted = "another one: this is for --head classes"
            check(self.head == "classes", "loss", self.loss, wanted)
        check(0 < self.crop_scale <= 1, "crop_scale", self.crop_scale, "above 0, at most 1")
        check(0 <= self.jitter < 1, "jitter", self.jitter, "0 to under 1")
        check(0 <= self.age <= 1, "age", self.age, "0 to 1")
        check(0 <= self.balance <= 1, "balance", self.balance, "0 to 1")
        check(0 <= self.ema < 1, "ema", self.ema, "0 to under 1")
        check(0 <= self.warmup <= 1, "warmup", self.warmup, "0 to 1")
        for name in (
            *("learning_rate", "discriminator_learning_rate", "clip_norm", "r1"),
            *("adversarial_weight", "reconstruction_weight"),
            *("generator_epochs", "discriminator_epochs"),
        ):
            check(getattr(self, name) >= 0, name, getattr(self, name), "0 or more")
        check(0 <= self.beta_1 < 1, "beta_1", self.beta_1, "0 to under 1")
        check_choices(self)
        if self.model == "gan":
            self._check_gan()

    def _check_gan(self) -> None:
        first = self.generator_epochs + self.discriminator_epochs
        check(
            self.epochs > first,
            "epochs",
            self.epochs,
            f"more than the {first} of --generator-epochs and --discriminator-epochs together",
        )
        widths = self.discriminator_widths
        check(widths and min(widths) >= 1, "discriminator_widths", widths, "positive integers")
        smoothing = self.label_smoothing
        check(0 <= smoothing < 0.5, "label_smoothing", smoothing, "0 to under 0.5")
        check(
            not smoothing or self.adversarial_loss == "bce",
            "label_smoothing",
            smoothing,
            "0 with --adversarial-loss hinge, which has no labels",
        )

    def network(self) -> dict[str, Any]:
        """Arguments of `networks.unet`."""
        names = (
            "blocks",
            "skips",
            "norm",
            "ab_stride",
            "shortcuts",
            "context",
            "head",
            "temperature",
        )
        return {"widths": list(self.widths)} | {name: getattr(self, name) for name in names}

    def settled(self) -> "TrainConfig":
        """The same settings with the model's own values for those left to it (auto, 0)."""
        own = {name: value for name, value in _OWN[self.model].items() if not self._is_set(name)}
        return dataclasses.replace(self, **own)

    def _is_set(self, name: str) -> bool:
        return getattr(self, name) not in ("auto", 0.0)

    def stages(self) -> tuple[tuple[str, int], ...]:
        """What the run trains in turn: each stage's name, and the epoch before which it ends."""
        if self.model != "gan":
            return ((self.model, self.epochs),)
        frozen = self.generator_epochs + self.discriminator_epochs
        return (
            ("generator", self.generator_epochs),
            ("discriminator", frozen),
            ("adversarial", self.epochs),
        )


_OWN: dict[str, dict[str, Any]] = {
    "cnn": {"loss": "mse", "learning_rate": 1e-3, "beta_1": 0.9},
    # Isola et al. 2017 (Pix2Pix), section 3.3 and appendix 6.2.
    "gan": {"loss": "mae", "learning_rate": 2e-4, "beta_1": 0.5},
}
