"""Names of formats: which are read, which are written, and how their files begin and end."""

import re

from colorizer_tf.base.errors import UsageError

_SUFFIXES = (
    "jpg jpeg jpe jfif png webp bmp dib tif tiff gif avif heic heif hif "
    "jp2 j2k j2c jpc jpf jpx jxl pbm pgm ppm pnm pfm tga psd"
)
IMAGE_SUFFIXES = frozenset(f".{suffix}" for suffix in _SUFFIXES.split())

SUFFIX_OF = {"jpeg": ".jpg", "png": ".png", "webp": ".webp", "tiff": ".tif"}
# Written of files of several pages alone.
PAGED_SUFFIX_OF = {"gif": ".gif", "avif": ".avif", "pdf": ".pdf"}

# Kinds of files that are no single pictures of a format that is read, by their endings.
_UNREAD = {
    "PDFs": "pdf",
    "films": "mp4 m4v mov avi mkv webm mpg mpeg mts m2ts 3gp wmv flv ogv ts",
    "camera raw files": (
        "dng cr2 cr3 crw nef nrw arw srf sr2 raf orf rw2 pef srw 3fr fff iiq mos mrw erf kdc dcr "
        "x3f rwl raw"
    ),
    "drawings and layouts": "djvu svg eps ps ai indd xcf kra psb ico icns emf wmf",
    "pictures of other kinds": "exr hdr jxr wdp hdp jls jng mng qoi pcx sgi pam pcd bpg dds",
    "archives": "zip tar gz tgz bz2 tbz2 xz txz 7z rar cbz cbr",
    "text files": (
        "txt md rst html htm xml json jsonl toml yaml yml csv tsv log ini rtf doc docx odt ods xls "
        "xlsx ppt pptx odp epub tex xmp"
    ),
    "sound files": "mp3 wav flac ogg m4a aac opus wma aif aiff",
}
_UNREAD_KIND_OF = {
    suffix: kind for kind, suffixes in _UNREAD.items() for suffix in suffixes.split()
}
OTHER_FILES = "other files"

_STARTS = (
    (b"\xff\xd8", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"II+\0", "tiff"),
    (b"MM\0+", "tiff"),
    (b"GIF8", "gif"),
    (b"BM", "bmp"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "jpeg2000"),
    (b"\xff\x4f\xff\x51", "jpeg2000"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "jpegxl"),
    (b"\xff\x0a", "jpegxl"),
    (b"8BPS", "psd"),
)
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"}
_SEQUENCE_BRANDS = {b"msf1", b"hevc", b"hevx"}
_AVIF_BRANDS = {b"avif", b"avis"}


def kind_of(data: bytes) -> str:
    """The format of a file by its first bytes, as `Photo.format` names it; "" if it is none."""
    for start, kind in _STARTS:
        if data.startswith(start):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    if data[4:8] == b"ftyp":
        return _kind_of_brands(data)
    if re.match(rb"P[1-6Ff][\s#]", data):
        return "pnm"
    # TGA has no signature, DIB (a BMP without its file header) hardly one: Pillow checks them.
    if data[1:2] in (b"\0", b"\1") and data[2:3] in b"\1\2\3\x09\x0a\x0b":
        return "tga"
    return "bmp" if data[:1] in b"\x0c\x28\x34\x38\x40\x6c\x7c" and data[1:4] == b"\0\0\0" else ""


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
    """The ending of files of a format that is written: ".jpg", ".png", ".webp", ".tif", ..."""
    return (SUFFIX_OF | PAGED_SUFFIX_OF)[format_name]


def unread_kind(name: str) -> str:
    """What kind of file that is not read as a photo a file is by its name: "films", "PDFs", ...

    For the count of what a run passed by; `OTHER_FILES` if nothing is known, "" for a photo.
    """
    ending = "." + name.rpartition(".")[2].lower()
    return "" if ending in IMAGE_SUFFIXES else _UNREAD_KIND_OF.get(ending[1:], OTHER_FILES)


def is_heic_sequence(data: bytes) -> bool:
    """Whether a HEIC file calls itself a sequence (ISO/IEC 23008-12, 10.3)."""
    return not _SEQUENCE_BRANDS.isdisjoint(_brands(data))


def _brands(data: bytes) -> set[bytes]:
    size = min(int.from_bytes(data[:4], "big"), 256)
    return {data[8:12], *(data[at : at + 4] for at in range(16, size, 4))}


def _kind_of_brands(data: bytes) -> str:
    # `mif1` is any HEIF file: the compatible brands after it tell HEVC from AV1.
    brands = _brands(data)
    if brands & _AVIF_BRANDS:
        return "avif"
    return "heic" if brands & _HEIC_BRANDS else ""
