"""Whether each part of `--restore` helps: photos aged by code, colored with and without it.

Each part is judged on photos with its own fault alone, and all of them on photos with all faults.
Figures are mean CIEDE2000 to the true photos, within the border: of the whole color ("error") and
of a* and b* alone ("color", as if the lightness were the true one); "gray" is the aged photo as it
is, in gray. By default on the sample photos.
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
from frame import benchmark

sys.path.insert(0, str(Path(__file__).parents[1] / "samples"))

from aging import FAULTS, aged, border_of

from colorizer_tf import Colorizer, color
from colorizer_tf.color.difference import ciede2000, ciede2000_same_lightness
from colorizer_tf.color.merge import gray_of
from colorizer_tf.evaluation.photos import FilePhotos
from colorizer_tf.inference.request import RESTORATIONS

SAMPLES = Path(__file__).parents[1] / "samples" / "photos"
CASES = {
    "neutral": (("sepia",), ("neutral",)),
    "levels": (("faded",), ("levels",)),
    "border": (("border",), ("border",)),
    "denoise": (("grain",), ("denoise",)),
    "dust": (("dust",), ("dust",)),
    "all": (FAULTS, RESTORATIONS),
    "all_on_sound_photos": ((), RESTORATIONS),
}


def measure(photos: str = str(SAMPLES), limit: int = 150, model: str = "gan") -> dict[str, Any]:
    """The figures of each case, means over the photos."""
    colorizer = Colorizer(model)
    rows: dict[str, list[tuple[float, ...]]] = {name: [] for name in CASES}
    for seed, raw in enumerate(FilePhotos([Path(photos)], limit).read()):
        rgb = raw.decode()
        for name, (faults, parts) in CASES.items():
            old, edge = aged(rgb, faults, seed), border_of(rgb.shape) if "border" in faults else 0
            pictures = [
                gray_of(old),
                colorizer.colorize(old),
                colorizer.colorize(old, restore=parts),
            ]
            rows[name].append(_errors(rgb, pictures, edge))
    titles = ("gray", "error", "error_restored", "color", "color_restored")
    return {"model": colorizer.name, "photos": len(rows["all"])} | {
        name: dict(zip(titles, np.mean(found, axis=0).tolist(), strict=True))
        for name, found in rows.items()
    }


def _errors(truth: np.ndarray, pictures: list[np.ndarray], edge: int) -> tuple[float, ...]:
    true = color.rgb_to_lab(truth)
    height, width = truth.shape[:2]
    inside = [each[edge : edge + height, edge : edge + width] for each in pictures]
    gray, plain, restored = (color.rgb_to_lab(each) for each in inside)
    errors = [float(ciede2000(true, lab).mean()) for lab in (gray, plain, restored)]
    colors = [
        float(ciede2000_same_lightness(true[..., 1:], lab[..., 1:]).mean())
        for lab in (plain, restored)
    ]
    return (*errors, *colors)


if __name__ == "__main__":
    benchmark(measure)
