"""Options of `evaluate`."""

from dataclasses import dataclass

from colorizer_tf.base.options.fields import check, option

MOST_VARIANTS = 64


@dataclass(frozen=True)
class EvaluationOptions:
    """How entries are scored and what the report has."""

    resize: int | None = option(
        None, "shrink photos whose shorter side is over N pixels [their own size]"
    )
    crop: bool = option(False, "score the middle square only")
    limit: int | None = option(None, "score N photos only, spread evenly over all [all]")
    strengths: tuple[float, ...] = option(
        (),
        "also score models at these factors of their color, up to 2, and compare them at equal "
        "colorfulness",
    )
    temperatures: tuple[float, ...] = option(
        (), "the same for temperatures, up to 1, of models that predict a distribution"
    )
    hints: tuple[int, ...] = option(
        (),
        "also score models with true colors at so many random points, such as 0,1,5,10,50,100, "
        "beside Levin's method on the same points (needs SciPy)",
    )
    variants: int = option(
        0, "also score so many variants of each photo, of models that have such (0: none)"
    )
    resamples: int = option(1000, "bootstrap resamples behind the intervals")
    seed: int = option(0, "of the resamples")
    pictures: int = option(48, "about how many photos report.html shows; 0 for none")
    cost: bool = option(True, "measure the speed and memory of models")
    peer_timeout: float = option(3600.0, "time limit of a command, in seconds")

    def __post_init__(self) -> None:
        minima = {"resize": 11, "limit": 1, "resamples": 1, "seed": 0, "pictures": 0}
        fits = self.variants == 0 or 2 <= self.variants <= MOST_VARIANTS
        check(fits, "variants", self.variants, f"0, or 2 to {MOST_VARIANTS}")
        for name, least in minima.items():
            value = getattr(self, name)
            check(value is None or value >= least, name, value, f"at least {least}")
        check(self.peer_timeout > 0, "peer_timeout", self.peer_timeout, "more than 0")
        sound = all(0 <= count <= 1000 for count in self.hints)
        sound = sound and len(set(self.hints)) == len(self.hints)
        check(sound, "hints", self.hints, "whole numbers of 0 to 1000, each once")
        for name, most in (("strengths", 2), ("temperatures", 1)):
            values = getattr(self, name)
            sound = all(0 < value <= most for value in values) and len(set(values)) == len(values)
            check(sound, name, values, f"numbers over 0 up to {most}, each once")
