"""Every format and depth through `decode_photo` and `encode_photo`, read back by other libraries.

The files are those of tests/image_files.py, written by outside libraries. ExifTool, a program, puts
into each what its format can hold: a maker's name, orientation 6, 300 x 150 pixels an inch, XMP's
rating, and an Adobe RGB profile. The decoded photo is tinted and encoded in the format that
`--format same` gives; OpenCV or tifffile reads the pixels, ExifTool the metadata. A profile counts
as converted if L* is within a code of what the published formulas give; the column has the worst.
GIF's metadata is not read.

Prints the table in Markdown to stderr. Needs ExifTool (Debian: libimage-exiftool-perl).
"""

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import tifffile
from frame import benchmark
from skimage import color

sys.path.insert(0, str(Path(__file__).parents[1]))

from colorizer_tf.images import Photo, decode_photo, encode_photo, output_format, suffix_of
from tests.image_files import ADOBE, Sample, profile_of, samples

GAMMA = 563 / 256
TAGS = ("-Make=Maker", "-IFD0:Orientation#=6", "-XResolution=300", "-YResolution=150")
TAGS += ("-ResolutionUnit=inches", "-XMP-xmp:Rating=4")
SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
COLUMNS = ("read", "size", "bits", "alpha", "dpi", "exif", "xmp", "icc", "said")


def measure(folder: Path) -> dict[str, Any]:
    """Take all files through; the table goes to stderr."""
    rows = table(folder)
    heads = ("format", "depth", "mode", "written as", *COLUMNS)
    print("| " + " | ".join(heads) + " |\n|" + "---|" * len(heads), file=sys.stderr)
    for row in rows:
        cells = (str(row[head]) for head in ("name", *heads[1:]))
        print("| " + " | ".join(cells) + " |", file=sys.stderr)
    wrong = [row["name"] for row in rows if "NO" in row.values()]
    return {"files": len(rows), "wrong": len(wrong), "of_the_wrong": wrong}


def table(folder: Path) -> list[dict[str, object]]:
    """A row a file."""
    files = {folder / f"{number:03d}.{s.format}": s for number, s in enumerate(samples())}
    for path, sample in files.items():
        path.write_bytes(sample.data)
    profile = folder / "adobe.icc"
    profile.write_bytes(profile_of(ADOBE, GAMMA))
    names = [str(path) for path in files]
    exiftool("-overwrite_original", "-m", *TAGS, *names)
    exiftool("-overwrite_original", "-m", f"-ICC_Profile<={profile}", *names)
    held = described(names)
    for name in (path.name for path, sample in files.items() if sample.format == "gif"):
        held[name] = {}
    outputs, rows = {}, []
    for path, sample in files.items():
        photo = decode_photo(path.read_bytes())
        kind = output_format(photo.format, "same")
        outputs[path] = path.with_name(f"{path.stem}_colorized{suffix_of(kind)}")
        tinted = tint(photo.pixels)
        written = encode_photo(tinted, kind, like=photo, quality=95, made_by="none")
        outputs[path].write_bytes(written)
        before = held[path.name]
        before |= {"stored": sample.pixels.shape[:2], "upright": photo.pixels.shape[:2]}
        rows.append(row_of(sample, photo, tinted, written, before))
    said = described([str(path) for path in outputs.values()])
    for row, (path, output) in zip(rows, outputs.items(), strict=True):
        row |= metadata_columns(held[path.name], said[output.name])
    return rows


def exiftool(*arguments: str) -> str:
    """What the program prints; files that it cannot write stay as they are."""
    result = subprocess.run(["exiftool", *arguments], capture_output=True, text=True, check=False)
    return result.stdout


def described(names: list[str]) -> dict[str, dict[str, object]]:
    """What ExifTool reads in files, by their names."""
    found = json.loads(exiftool("-j", "-G1", "-n", *names))
    return {Path(each["SourceFile"]).name: each for each in found}


def tint(pixels: np.ndarray) -> np.ndarray:
    """A color picture of the photo's size and depth."""
    rgb = pixels if pixels.ndim == 3 else np.dstack([pixels] * 3)
    return np.rint(rgb * np.array([1.0, 0.95, 0.9])).astype(pixels.dtype)


def row_of(
    sample: Sample, photo: Photo, tinted: np.ndarray, written: bytes, held: dict[str, object]
) -> dict[str, object]:
    """What came out of one file, by its pixels."""
    plain = decode_photo(sample.data)
    read = read_elsewhere(written)
    colors = read[..., :3]
    code = 257 if tinted.dtype == np.uint16 else 1
    off = np.abs(colors.astype(float) * (code if read.dtype == np.uint8 else 1) - tinted)
    if photo.alpha is not None and read.shape[2] == 4:
        off = off[photo.alpha > 0]
    # WebP halves the resolution of color.
    loss = {b"\xff\xd8": 16, b"RI": 32}.get(written[:2], 0)
    return {
        "name": sample.name,
        "depth": sample.bits,
        "mode": sample.mode,
        "written as": {b"\xff\xd8": "JPEG", b"\x89P": "PNG", b"RI": "WebP"}.get(
            written[:2], "TIFF"
        ),
        "read": yes(matches(plain, sample)),
        "size": yes(read.shape[:2] == photo.pixels.shape[:2] and off.max() <= loss * code),
        "bits": f"{photo.pixels.itemsize * 8} → {read.itemsize * 8}"
        if read.dtype == photo.pixels.dtype
        else "NO",
        "alpha": "–"
        if sample.alpha is None
        else yes(read.shape[2] == 4 and bool((read[..., 3] == photo.alpha).all())),
        "icc": converted(plain, photo, sample.mode)
        if any(key.startswith("ICC") for key in held)
        else "–",
    }


def read_elsewhere(data: bytes) -> np.ndarray:
    """Pixels in RGB order by a library that did not write them."""
    if data[:4] in (b"II*\0", b"MM\0*"):
        return np.asarray(tifffile.imread(io.BytesIO(data)))
    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    return decoded[..., [2, 1, 0, 3][: decoded.shape[2]]]


def matches(photo: Photo, sample: Sample) -> bool:
    """Whether the photo is the picture that was written, at its depth."""
    if photo.pixels.shape != sample.pixels.shape or photo.pixels.dtype != sample.pixels.dtype:
        return False
    if (photo.alpha is None) != (sample.alpha is None):
        return False
    off = np.abs(photo.pixels.astype(float) - sample.pixels)
    if photo.alpha is not None:
        off = off[photo.alpha > 0]
    return bool(off.max() <= sample.tolerance * (257 if photo.pixels.itemsize == 2 else 1))


def converted(plain: Photo, tagged: Photo, mode: str) -> str:
    """Whether the tagged photo is the plain one, turned upright and taken for Adobe RGB."""
    upright = (
        np.rot90(plain.pixels, -1) if plain.pixels.shape != tagged.pixels.shape else plain.pixels
    )
    if mode == "CMYK":
        return "not its channels" if (upright == tagged.pixels).all() else "NO"
    full = np.iinfo(upright.dtype).max
    rgb = upright if upright.ndim == 3 else np.dstack([upright] * 3)
    got = tagged.pixels if upright.ndim == 3 else np.dstack([tagged.pixels] * 3)
    expected, inside = adobe_to_srgb(rgb / full)
    lightness = color.rgb2lab(expected)[..., 0] - color.rgb2lab(got / full)[..., 0]
    worst = np.abs(lightness[inside]).max()
    return f"{worst:.3f} L*" if worst <= (0.5 if full == 255 else 0.1) else "NO"


def adobe_to_srgb(unit: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """By the standards' formulas; and where sRGB holds the color."""
    to_xyz = np.array(
        [[0.57667, 0.18556, 0.18823], [0.29734, 0.62736, 0.07529], [0.02703, 0.07069, 0.99134]]
    )
    from_xyz = np.array(
        [[3.24097, -1.53738, -0.49861], [-0.96924, 1.87597, 0.04156], [0.05563, -0.20398, 1.05697]]
    )
    linear = unit**GAMMA @ to_xyz.T @ from_xyz.T
    inside = ((linear > -1e-4) & (linear < 1.0001)).all(-1)
    linear = np.clip(linear, 0, 1)
    high = 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055
    return np.where(linear <= 0.0031308, 12.92 * linear, high), inside


def metadata_columns(held: dict[str, object], said: dict[str, object]) -> dict[str, str]:
    """What became of the metadata that the file could hold."""
    turned = held["upright"] != held["stored"]
    names = ("IFD0:XResolution", "IFD0:YResolution")
    across, down = (held.get(name) for name in (reversed(names) if turned else names))
    inches = held.get("IFD0:ResolutionUnit") == 2
    return {
        "dpi": yes([said.get(name) for name in names] == [across, down]) if inches else "–",
        "exif": yes(said.get("IFD0:Make") == "Maker" and said.get("IFD0:Orientation") == 1)
        if "IFD0:Make" in held
        else "–",
        "xmp": yes(said.get("XMP-xmp:Rating") == 4) if "XMP-xmp:Rating" in held else "–",
        "said": yes(
            said.get("XMP-iptcExt:DigitalSourceType") == SOURCE_TYPE
            and str(said.get("IFD0:Software")).startswith("colorizer-tf")
            and "Color was added" in str(said.get("IFD0:ImageDescription"))
        ),
    }


def yes(good: bool) -> str:
    """A word for the table."""
    return "yes" if good else "NO"


if __name__ == "__main__":
    benchmark(measure, asked={"wrong": "== 0"})
