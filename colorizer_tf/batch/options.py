"""How `colorize` colors."""

from dataclasses import dataclass

from colorizer_tf.base.options.fields import check, check_choices, option


@dataclass(frozen=True)
class ColorizeOptions:
    """How `colorize` colors photos and what it writes."""

    strength: float = option(
        1.0, "how strong the color is: 0 gives the gray photo, 1 what the model says, at most 2"
    )
    compare: bool = option(False, "also write NAME_compare: gray | colored, side by side")
    format: str = option(
        "same",
        "format of what is written; same: each photo's own, and PNG for those not written here",
        ("same", "jpeg", "png", "webp", "tiff"),
    )
    quality: int = option(92, "of JPEG and WebP, 1 to 100")
    name_template: str = option(
        "{name}_colorized{ext}",
        "names of outputs, of {name}, {parent}, {model}, {size}, {strength}, {quality} and {ext}",
    )

    def __post_init__(self) -> None:
        check(0 <= self.strength <= 2, "strength", self.strength, "0 to 2")
        check(1 <= self.quality <= 100, "quality", self.quality, "1 to 100")
        check_choices(self)
