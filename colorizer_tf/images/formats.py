"""Names of formats: which are read, which are written, and how their files end."""

from colorizer_tf.base.errors import UsageError

# What `PIL.Image.open` may try: formats of photos only, none that run or render anything.
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "DIB", "TIFF", "GIF", "AVIF", "JPEG2000")

# Pillow's names in ours; MPO is a JPEG with more pictures after the first.
NAME_OF = {
    "JPEG": "jpeg",
    "MPO": "jpeg",
    "PNG": "png",
    "TIFF": "tiff",
    "WEBP": "webp",
    "BMP": "bmp",
    "DIB": "bmp",
    "GIF": "gif",
    "AVIF": "avif",
    "JPEG2000": "jpeg2000",
}

_SUFFIXES = "jpg jpeg jpe jfif png webp bmp dib tif tiff gif avif jp2 j2k"
IMAGE_SUFFIXES = frozenset(f".{suffix}" for suffix in _SUFFIXES.split())

# HEIC needs the extra `heic`: colorize names it and says so, where records pass it by.
PHOTO_SUFFIXES = IMAGE_SUFFIXES | {".heic", ".heif", ".hif", ".j2c", ".jpf", ".jpx"}

SUFFIX_OF = {"jpeg": ".jpg", "png": ".png", "webp": ".webp", "tiff": ".tif"}

_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx")
_AVIF_BRANDS = (b"avif", b"avis")


def output_format(source_format: str, wanted: str) -> str:
    """The format written: "jpeg", "png", "webp" or "tiff".

    Args:
        source_format: `Photo.format` of the input.
        wanted: one of these four, or "same": the input's own, or PNG where that is not written.

    Raises:
        UsageError: if `wanted` is none of these.
    """
    if wanted == "same":
        return source_format if source_format in SUFFIX_OF else "png"
    if wanted not in SUFFIX_OF:
        raise UsageError(f"format: received {wanted!r}, expected same, {', '.join(SUFFIX_OF)}")
    return wanted


def suffix_of(format_name: str) -> str:
    """The ending of files of a format that is written: ".jpg", ".png", ".webp" or ".tif"."""
    return SUFFIX_OF[format_name]


def is_png(data: bytes) -> bool:
    """Whether the data opens as a PNG file does."""
    return data.startswith(b"\x89PNG\r\n\x1a\n")


def is_tiff(data: bytes) -> bool:
    """Whether the data opens as a TIFF or BigTIFF file does."""
    return data[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def is_heic(data: bytes) -> bool:
    """Whether the data opens as a HEIF file with HEVC pictures does (ISO/IEC 23008-12)."""
    if data[4:8] != b"ftyp":
        return False
    # `mif1` is any HEIF file: the compatible brands after it tell HEVC from AV1.
    size = min(int.from_bytes(data[:4], "big"), 256)
    brands = [data[8:12], *(data[at : at + 4] for at in range(16, size, 4))]
    return any(brand in _HEIC_BRANDS for brand in brands) and not any(
        brand in _AVIF_BRANDS for brand in brands
    )
