"""Size, speed and color error of a written format."""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from colorizer_tf import color
from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.color.difference import ciede2000
from colorizer_tf.color.merge import merge_photo, small_lightness
from colorizer_tf.inference.predictor import Predictor
from colorizer_tf.inference.request import PredictionRequest
from colorizer_tf.inference.runtimes import Run
from colorizer_tf.inference.scales import network_sides


@dataclass(frozen=True)
class Written:
    """A format on disk.

    Attributes:
        name: in the table.
        file: to load, relative to the model's folder.
        parts: the files that count as its bytes.
        load: loads the network.
        tolerance: largest mean CIEDE2000 from the reference.
        side: of the squares that it takes; None for any size.
        remedy: advice if the tolerance is exceeded.
    """

    name: str
    file: str
    parts: tuple[Path, ...]
    load: Callable[[], Run]
    tolerance: float
    side: int | None = None
    remedy: str = "leave it out of --formats"


class Parity:
    """Compares formats with a reference on the same photos, merged at the photos' size.

    Args:
        reference: the network to compare with.
        photos: `(h, w)` gray, uint16.
        info: the entries of `model.json`: the scale, strides and color classes.
    """

    def __init__(
        self, reference: Run, photos: Sequence[np.ndarray], info: Mapping[str, Any]
    ) -> None:
        self._reference = reference
        self._photos = photos
        self._info = info
        self._request = PredictionRequest().resolved(info)
        self._expected: dict[int | None, list[np.ndarray]] = {}

    def measure(self, written: Written) -> dict[str, Any]:
        """The format's entry in `model.json`.

        Raises:
            ColorizerError: if its colors differ from the reference by more than its tolerance.
        """
        start = time.perf_counter()
        run = written.load()
        load_seconds = time.perf_counter() - start
        if written.side not in self._expected:
            self._expected[written.side] = self._colored(self._reference, written.side)[0]
        try:
            found, seconds = self._colored(run, written.side)
        except ColorizerError as error:
            raise ColorizerError(f"{written.name}: {error}: nothing was written") from error
        pairs = zip(self._expected[written.side], found, strict=True)
        differences = [ciede2000(*pair) for pair in pairs]
        mean = float(np.mean([difference.mean() for difference in differences]))
        # Written so that NaN fails it too.
        if not mean <= written.tolerance:
            raise ColorizerError(
                f"{written.name}: its colors differ by {mean:.3g} CIEDE2000 in the mean from what "
                f"it was made of, expected at most {written.tolerance:g}: nothing was written; "
                f"{written.remedy}, and please report this"
            )
        return {
            "name": written.name,
            "file": written.file,
            "bytes": sum(file.stat().st_size for file in written.parts),
            "load_ms": round(load_seconds * 1000, 1),
            "latency_ms": round(statistics.median(seconds) * 1000, 2),
            "delta_e_mean": round(mean, 4),
            "delta_e_max": round(float(max(difference.max() for difference in differences)), 3),
            "tolerance": written.tolerance,
        }

    def _colored(self, run: Run, side: int | None) -> tuple[list[np.ndarray], list[float]]:
        """LAB of each photo merged, and the seconds that each prediction took."""
        predictor = Predictor(run, self._info)
        labs, seconds, warm = [], [], set()
        for photo in self._photos:
            height, width = photo.shape
            sides = network_sides(height, width, self._info["size"]) if not side else (side, side)
            lightness = small_lightness(photo, *sides)[None]
            if sides not in warm:
                predictor.predict(lightness, self._request)
                warm.add(sides)
            start = time.perf_counter()
            ab = predictor.predict(lightness, self._request)[0].ab
            seconds.append(time.perf_counter() - start)
            merged = merge_photo(photo, lightness[0], ab, ab_stride=self._info["ab_stride"])
            labs.append(color.rgb_to_lab(merged))
        return labs, seconds


def table(entries: Sequence[dict[str, Any]], compared_on: str) -> str:
    """The entries as lines of text, for people."""
    heads = ("format", "MB", "load ms", "one photo ms", "CIEDE2000 mean", "max", "tolerance")
    rows = [
        (
            entry["name"],
            f"{entry['bytes'] / 1e6:.2f}",
            f"{entry['load_ms']:.0f}",
            f"{entry['latency_ms']:.1f}",
            f"{entry['delta_e_mean']:.4f}",
            f"{entry['delta_e_max']:.2f}",
            f"{entry['tolerance']:g}",
        )
        for entry in entries
    ]
    widths = [max(len(row[i]) for row in (heads, *rows)) for i in range(len(heads))]
    lines = [
        "  ".join(
            cell.rjust(width) if index else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in (heads, *rows)
    ]
    return "\n".join([*lines, f"compared on {compared_on}"])
