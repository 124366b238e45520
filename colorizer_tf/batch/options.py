"""How `colorize` colors."""

from dataclasses import dataclass

from colorizer_tf.base.options.fields import check, check_choices, option
from colorizer_tf.batch.selection import PageSelection

MOST_VARIANTS = 64


@dataclass(frozen=True)
class ColorizeOptions:
    """How `colorize` colors photos and what it writes."""

    strength: float = option(
        1.0, "how strong the color is: 0 gives the gray photo, 1 what the model says, at most 2"
    )
    compare: bool = option(False, "also write NAME_compare: gray | colored, side by side")
    variants: int = option(
        0, "write so many likely colors of each photo, drawn at random: NAME_colorized-1, ..."
    )
    confidence: bool = option(
        False, "also write NAME_confidence: white where the model is sure of the color, else dark"
    )
    series: bool = option(
        False,
        "the photos of each folder are frames of a series, or of one scene: steady color from one "
        "to the next, in the order of their names",
    )
    format: str = option(
        "same",
        "format of what is written; same: each photo's own, and PNG for those not written here",
        ("same", "jpeg", "png", "webp", "tiff"),
    )
    quality: int = option(92, "of JPEG, WebP and AVIF, 1 to 100")
    pages: str = option(
        "",
        "of files of several pages or frames, color these, such as 1,3-5 or 7-; the others stay as "
        "they are [all]",
    )
    name_template: str = option(
        "{name}_colorized{ext}",
        "names of outputs, of {name}, {parent}, {model}, {size}, {strength}, {quality} and {ext}",
    )

    def __post_init__(self) -> None:
        check(0 <= self.strength <= 2, "strength", self.strength, "0 to 2")
        check(
            0 <= self.variants <= MOST_VARIANTS, "variants", self.variants, f"0 to {MOST_VARIANTS}"
        )
        both = self.compare and self.variants > 0
        check(not both, "compare", self.compare, "no --compare with --variants")
        alone = not self.series or not (self.variants or self.confidence)
        check(alone, "series", self.series, "no --series with --variants or --confidence")
        check(1 <= self.quality <= 100, "quality", self.quality, "1 to 100")
        PageSelection.parsed(self.pages)
        check_choices(self)
