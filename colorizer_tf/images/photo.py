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
        dpi: pixels per inch, across and down the upright picture, up to 100,000, if they are known.
        orientation: EXIF's, 1 to 8: how the stored picture was turned upright. Coordinates in
            `exif` and `xmp` refer to the stored picture.
    """

    exif: bytes = b""
    xmp: bytes = b""
    iptc: bytes = b""
    dpi: tuple[float, float] | None = None
    orientation: int = 1


@dataclass(frozen=True)
class Photo:
    """A decoded picture.

    Attributes:
        pixels: `(h, w)` if the file is gray, else `(h, w, 3)`: sRGB, upright, uint8 or uint16,
            C-contiguous.
        alpha: `(h, w)` of the same dtype, not multiplied into the pixels, or None.
        format: "jpeg", "png", "tiff", "webp", "bmp", "gif", "avif", "heic", "jpeg2000", "jpegxl",
            "pnm", "psd" or "tga".
        metadata: what else the file holds.
        dropped: what the file holds besides the picture and an output will not: "motion video",
            "gain map", "depth map", "audio", "later frames".
    """

    pixels: np.ndarray
    alpha: np.ndarray | None
    format: str
    metadata: Metadata = field(default_factory=Metadata)
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True)
class Planes:
    """A picture as JPEG holds it: luma and chroma of sRGB by ITU-R BT.601, over the whole range.

    Attributes:
        luma: `(h, w)` uint8, C-contiguous.
        blue: `(h, w)`, or halved and rounded up.
        red: likewise.
    """

    luma: np.ndarray
    blue: np.ndarray
    red: np.ndarray


@dataclass(frozen=True)
class StoredPhoto:
    """A picture as its decoder gives it: not yet upright, colors not yet converted.

    Attributes:
        colors: `(h, w)` gray, `(h, w, 3)` RGB or `(h, w, 4)` CMYK, uint8 or uint16.
        alpha: `(h, w)` of the same dtype, not multiplied into the colors, or None.
        profile: the ICC profile that gives the colors their meaning, or nothing.
        metadata: what else the file holds; `dpi` is that of the stored picture.
        is_upright: whether the decoder has applied the orientation; `metadata` tells which. Else
            that is still to be found in EXIF or XMP.
    """

    colors: np.ndarray
    alpha: np.ndarray | None
    profile: bytes = b""
    metadata: Metadata = field(default_factory=Metadata)
    is_upright: bool = False


@dataclass(frozen=True)
class Header:
    """What a file's header tells of its picture.

    Attributes:
        height: rows as stored.
        width: pixels a row as stored.
        metadata: as in `StoredPhoto`.
        is_upright: as in `StoredPhoto`.
    """

    height: int
    width: int
    metadata: Metadata = field(default_factory=Metadata)
    is_upright: bool = False
