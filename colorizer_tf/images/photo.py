"""A photo as its file holds it: pixels, alpha and metadata."""

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Metadata:
    """What a file says of its picture, in the forms in which files carry it.

    Attributes:
        exif: an EXIF block, from its TIFF header on, or nothing.
        xmp: an XMP packet, or nothing.
        iptc: IPTC-IIM data sets, or nothing.
        dpi: pixels an inch, across and down the upright picture, up to 100,000, if they are known.
    """

    exif: bytes = b""
    xmp: bytes = b""
    iptc: bytes = b""
    dpi: tuple[float, float] | None = None


@dataclass(frozen=True)
class Photo:
    """A decoded picture.

    Attributes:
        pixels: `(h, w)` if the file is gray, else `(h, w, 3)`: sRGB, upright, uint8 or uint16,
            C-contiguous.
        alpha: `(h, w)` of the same dtype, not multiplied into the pixels, or None.
        format: "jpeg", "png", "tiff", "webp", "bmp", "gif", "avif", "jpeg2000" or "heic".
        metadata: what else the file holds.
    """

    pixels: np.ndarray
    alpha: np.ndarray | None
    format: str
    metadata: Metadata = field(default_factory=Metadata)
