"""The options of a prediction."""

import dataclasses
import hashlib
import json
import numbers
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from colorizer_tf.base.credit import RESTORED
from colorizer_tf.base.errors import UsageError
from colorizer_tf.base.options.fields import check, option
from colorizer_tf.base.suggestions import did_you_mean
from colorizer_tf.inference import model_json

# What is put right in an old print before it is colored, see `inference.restoration`.
RESTORATIONS = ("neutral", "levels", "border", "denoise", "dust")
# Options that not every model takes, and which ones do.
TAKEN_BY = {
    "temperature": "models with color classes",
    "mirror": "models of other kinds than diffusion",
    "steps": "models of the kind diffusion",
    "guidance": "models of the kind diffusion",
    "label": "models of the kind diffusion that were trained with labels",
}


@dataclass(frozen=True)
class PredictionRequest:
    """The options of a prediction. Picklable; each field but the seed is a flag by itself.

    Runtimes pass fields to a network that it has inputs for, by name.

    Attributes:
        size: the scale at which color is predicted: a photo is brought to the area of a square with
            this side, 1 to 4096. None is the model's own.
        temperature: of the distribution over color classes, above 0, at most 1. None is the
            model's own.
        mirror: predict the mirrored photo too, and take the mean.
        blend: beyond the trained size, predict at that size too, and take the mean: see `blending`.
            Models without color classes ignore it.
        restore: parts of `RESTORATIONS` that are applied to the photo first, "all" for all of them;
            without any its L* stays as it is, exactly.
        steps: of a diffusion model, 1 to 1000. None is the model's own.
        guidance: of a diffusion model, 0 to 20. None is the model's own.
        label: of a diffusion model that has labels.
        seed: of colors drawn at random: variants, and models that draw; 0 to 2**31 - 1.

    Raises:
        UsageError: if a value is outside of its range.
    """

    size: int | None = option(None, "scale at which color is predicted [the model's]")
    temperature: float | None = option(
        None,
        "of a model's distribution over classes of color: 1 gives its mean color, less a livelier "
        "one [the model's]",
    )
    mirror: bool = option(
        False, "predict the mirrored photo too, and take the mean: twice the network's time"
    )
    blend: bool = option(
        True,
        "with a --size beyond the one that the model was trained at, predict at that one too, and "
        "take the mean: fewer patches of color",
    )
    restore: tuple[str, ...] = option(
        (),
        "put an old print right first; without PARTS all of: neutral (sepia and casts to gray), "
        "levels (fading), border (left out of what is colored), denoise, dust (spots, scratches)",
        RESTORATIONS,
        bare="all",
    )
    steps: int | None = option(
        None, "of a diffusion model: steps from noise to color [the model's]"
    )
    guidance: float | None = option(
        None,
        "of a diffusion model: weight of what it knows of the photo, 1 as it is [the model's]",
    )
    label: str | None = option(
        None, "of a diffusion model trained with labels: what the photo is of [nothing said]"
    )
    seed: int = 0

    def __post_init__(self) -> None:
        parts = RESTORATIONS if self.restore == ("all",) else self.restore
        for part in parts:
            known = ", ".join(RESTORATIONS) + did_you_mean(part, RESTORATIONS)
            check(part in RESTORATIONS, "restore", repr(part), known)
        # In one order, so that the same parts are the same request.
        object.__setattr__(self, "restore", tuple(p for p in RESTORATIONS if p in parts))
        _check_whole("size", self.size, 1, model_json.MAX_SIZE)
        _check_whole("seed", self.seed, 0, 2**31 - 1)
        _check_whole("steps", self.steps, 1, model_json.MAX_STEPS)
        guidance, most = self.guidance, model_json.MAX_GUIDANCE
        fits = guidance is None or 0 <= guidance <= most
        check(fits, "guidance", guidance, f"0 to {most:g}")
        temperature = self.temperature
        fits = temperature is None or 0 < temperature <= 1
        check(fits, "temperature", temperature, "above 0, at most 1")

    def resolved(self, info: Mapping[str, Any]) -> "PredictionRequest":
        """The request with the model's own values where it leaves them open.

        Args:
            info: the content of `model.json`.

        Raises:
            UsageError: if it has a temperature and the model predicts no distribution.
        """
        classes = model_json.CLASSES in info
        if self.temperature is not None and not classes:
            raise UsageError(f"temperature: {_no_distribution(info)}")
        self._check_diffusion(info)
        facts = info.get(model_json.DIFFUSION, {"steps": None, "guidance": None})
        return dataclasses.replace(
            self,
            size=int(self.size or info["size"]),
            temperature=(self.temperature or info["temperature"]) if classes else None,
            steps=facts["steps"] if self.steps is None else self.steps,
            guidance=facts["guidance"] if self.guidance is None else self.guidance,
        )

    def taken_by(self, info: Mapping[str, Any]) -> "PredictionRequest":
        """The request without those of `TAKEN_BY` that are for other models than this one.

        Args:
            info: the content of `model.json`.
        """
        facts = info.get(model_json.DIFFUSION)
        takes = {
            "temperature": model_json.CLASSES in info,
            "mirror": facts is None,
            "steps": facts is not None,
            "guidance": facts is not None,
            "label": facts is not None and bool(facts["labels"]),
        }
        defaults: dict[str, Any] = {each.name: each.default for each in dataclasses.fields(self)}
        others = {name: defaults[name] for name, taken in takes.items() if not taken}
        return dataclasses.replace(self, **others)

    def credit(self, name: str) -> str:
        """The model's name, with a word on a restoration that changes more than the border."""
        return name + RESTORED if set(self.restore) - {"border"} else name

    def blends(self, info: Mapping[str, Any]) -> bool:
        """Whether the prediction is a mean with the one at the model's trained size."""
        return self.blend and model_json.CLASSES in info and self._is_beyond(info)

    def _check_diffusion(self, info: Mapping[str, Any]) -> None:
        facts = info.get(model_json.DIFFUSION)
        if facts is None:
            for name in ("steps", "guidance", "label"):
                value = getattr(self, name)
                expected = f"none: only {TAKEN_BY[name]} take it"
                check(value is None, name, value, expected)
            return
        expected = "off: the mean of two draws is none"
        check(not self.mirror, "mirror", "on", expected)
        if self.label is not None and self.label not in facts["labels"]:
            known = ", ".join(facts["labels"])
            expected = f"one of {known}" if known else "none: this model was trained without labels"
            check(False, "label", self.label, expected)

    def beyond_training(self, info: Mapping[str, Any]) -> str:
        """A warning if the size is larger than the model was trained at, else empty."""
        if not self._is_beyond(info):
            return ""
        trained_at, blends = info["trained_at"], self.blends(info)
        return (
            f"size {self.size} is beyond the {trained_at} px that this model was trained at, "
            "where it sees less of the photo at once: "
            + (
                f"the mean with its prediction at {trained_at} px is taken, and color may be weaker"
                if blends
                else "colors may come in patches"
            )
        )

    def _is_beyond(self, info: Mapping[str, Any]) -> bool:
        trained_at = info.get("trained_at")
        return isinstance(trained_at, int) and 0 < trained_at < (self.size or 0)

    def identity(self, info: Mapping[str, Any]) -> str:
        """A digest of the model and this request, which together determine a photo's colors.

        Args:
            info: the content of `model.json`.
        """
        facts = {name: value for name, value in info.items() if name not in model_json.MEASURED}
        request = self.resolved(info)
        for field in dataclasses.fields(request):
            value = getattr(request, field.name)
            if value != field.default:
                facts[field.name] = value
        # The default, which is not told above: earlier versions had other colors there.
        if request.blends(info):
            facts["blend"] = True
        text = json.dumps(facts, sort_keys=True)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _no_distribution(info: Mapping[str, Any]) -> str:
    if info.get("temperature") is None:
        return "this model predicts ab, not a distribution over classes of color, and takes none"
    return (
        f"this model was exported with {info['temperature']} built in: colorizer-tf export RUN, of "
        "the run that it was made from, makes one that takes any"
    )


def _check_whole(name: str, value: object, least: int, most: int) -> None:
    if value is None:
        return
    # Numpy's integers too.
    whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    check(whole and least <= value <= most, name, repr(value), f"{least} to {most}")  # type: ignore[operator]
