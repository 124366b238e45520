"""How far the lightness of colored photos is from the photos' own: ours, and with plain clipping.

Photos bundled with scikit-image, colored with random ab of the whole range, so that most pixels
leave sRGB; L* is scikit-image's, before and after, of 8-bit pixels. Plain: `lab2rgb` of the same L*
and ab, which clips each channel. `--photos FOLDER_OR_ZIP --model FOLDER` colors other photos too.

Usage: python benchmarks/lightness.py [--photos FOLDER_OR_ZIP --model FOLDER]
"""

import argparse
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import skimage.color
import skimage.data

from colorizer_tf.color.merge import merge_photo, small_lightness
from colorizer_tf.images import decode_image, read_file
from colorizer_tf.inference.colorizer import Colorizer

PHOTOS = ("astronaut", "coffee", "chelsea", "rocket")


def main() -> None:
    """Measure, and print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=Path)
    parser.add_argument("--model", type=Path)
    args = parser.parse_args()
    figures = {"benchmark": "lightness", **random_colors()}
    if args.photos and args.model:
        colorizer = Colorizer(args.model)
        drifts = [drift(photo, colorizer.colorize(photo)) for photo in photos_in(args.photos)]
        figures |= {"colored_photos": len(drifts), "colored": told(drifts)}
    print(json.dumps(figures))


def random_colors() -> dict[str, Any]:
    """Drift of L* under random ab, ours and with clipping."""
    rng = np.random.default_rng(0)
    ours, clipped = [], []
    for name in PHOTOS:
        photo = getattr(skimage.data, name)()
        ab = rng.uniform(-128, 127, (24, 32, 2)).astype(np.float32)
        ours.append(drift(photo, merge_photo(photo, small_lightness(photo, 24, 32), ab)))
        lab = skimage.color.rgb2lab(photo)
        lab[..., 1:] = cv2.resize(ab, photo.shape[1::-1])
        plain = np.rint(255 * skimage.color.lab2rgb(lab)).astype(np.uint8)
        clipped.append(drift(photo, plain))
    return {"random_ab": told(ours), "random_ab_clipped": told(clipped)}


def drift(before: np.ndarray, after: np.ndarray) -> tuple[float, float]:
    """Mean and largest difference of L*."""
    apart = np.abs(skimage.color.rgb2lab(before)[..., 0] - skimage.color.rgb2lab(after)[..., 0])
    return apart.mean(), apart.max()


def told(drifts: list[tuple[float, float]]) -> dict[str, float]:
    """The mean of the means, and the largest of all."""
    means, largest = zip(*drifts, strict=True)
    return {"mean": round(float(np.mean(means)), 3), "max": round(float(np.max(largest)), 3)}


def photos_in(path: Path) -> Iterator[np.ndarray]:
    """The photos of a folder or a zip."""
    if path.is_dir():
        yield from (decode_image(read_file(each)) for each in sorted(path.iterdir()))
        return
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if not name.endswith("/"):
                yield decode_image(archive.read(name))


if __name__ == "__main__":
    main()
