"""TIFF files read by tifffile and imagecodecs: every depth, layout and compression on one path."""

import io
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import imagecodecs
import numpy as np

from colorizer_tf.base.errors import ImageError
from colorizer_tf.images import jpeg
from colorizer_tf.images.exif import compact_exif, dpi_of_directory
from colorizer_tf.images.limits import check_decoded_size, check_size
from colorizer_tf.images.photo import Header, Metadata, StoredPhoto
from colorizer_tf.images.profiles import lab_to_srgb
from colorizer_tf.images.samples import scaled_samples, split_alpha, unmultiplied
from colorizer_tf.images.tags import Entry, TagFile

if TYPE_CHECKING:
    import tifffile

_XMP, _ICC, _DNG_VERSION, _SUB_DIRECTORIES = 0x02BC, 0x8773, 0xC612, 0x014A
_NEW_SUBFILE_TYPE, _SUBFILE_TYPE, _COMPRESSION, _PHOTOMETRIC = 0x00FE, 0x00FF, 0x0103, 0x0106
_WIDTH, _HEIGHT, _STRIPS, _ROWS_A_STRIP = 0x0100, 0x0101, 0x0111, 0x0116
_TILE_WIDTH, _TILE_HEIGHT = 0x0142, 0x0143

_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE, _SEPARATED, _YCBCR = 0, 1, 2, 3, 5, 6
_CIE_LAB, _ICC_LAB, _CFA = 8, 9, 32803
_COLOR_CHANNELS = {
    _WHITE_IS_ZERO: 1,
    _BLACK_IS_ZERO: 1,
    _RGB: 3,
    _PALETTE: 1,
    _SEPARATED: 4,
    _YCBCR: 3,
    _CIE_LAB: 3,
    _ICC_LAB: 3,
}
_ASSOCIATED, _UNASSOCIATED = 1, 2
_MASK = 4
_PLANAR, _CMYK_INKS = 2, 1
_JPEG = 7

# None, LZW, JPEG, deflate (two numbers), PackBits: what nearly all files have.
_COMMON_COMPRESSIONS = frozenset({0, 1, 5, _JPEG, 8, 32946, 32773})
# JPEG 2000 and JPEG XR with colors that their own header does not name.
_RAW_YCBCR = frozenset({33003, 34712})
_BY_LIBTIFF = frozenset({6, 32809, 34676, 34677})  # old JPEG, ThunderScan, LogLuv (two numbers)
_USUAL_TILE = 2**22  # pixels; decoders take memory for a whole one
_MAX_PAGES, _MAX_TAGS = 5000, 500_000
_RAW_FILE = "a camera's raw file: develop it to TIFF or JPEG first"


def read_header(data: bytes) -> Header:
    """Size and metadata of the first page that is not a reduced copy of another.

    Raises:
        ImageError: if there is none, it breaks the limits, or it is a camera's raw file.
    """
    file = TagFile(data)
    return _header_of(data, file, main_page(file)[1])


def _header_of(data: bytes, file: TagFile, page: dict[int, Entry]) -> Header:
    height, width = file.number(page.get(_HEIGHT)), file.number(page.get(_WIDTH))
    check_size(height, width)
    tile = file.number(page.get(_TILE_WIDTH)) * file.number(page.get(_TILE_HEIGHT))
    if tile > max(_USUAL_TILE, 4 * height * width):
        raise ImageError("broken picture (tiles larger than it)")
    strips, rows = page.get(_STRIPS), file.number(page.get(_ROWS_A_STRIP)) or height
    # Decoders leave rows without a strip black, and call that good.
    if strips and strips.length < -(-height // rows):
        raise ImageError("truncated picture")
    metadata = Metadata(
        exif=compact_exif(data, page),
        xmp=file.value(page.get(_XMP)),
        dpi=dpi_of_directory(file, page),
    )
    return Header(height, width, metadata)


def is_common(data: bytes) -> bool:
    """Whether the picture is compressed as nearly all are, and its colors are not luma and chroma.

    The latter are common with JPEG alone.
    """
    file = TagFile(data)
    _, page = main_page(file)
    compression = file.number(page.get(_COMPRESSION))
    is_luma_and_chroma = file.number(page.get(_PHOTOMETRIC)) == _YCBCR and compression != _JPEG
    return compression in _COMMON_COMPRESSIONS and not is_luma_and_chroma


def read(data: bytes) -> StoredPhoto:
    """Pixels and metadata of that page.

    Raises:
        ImageError: as `read_header`, and if a strip or tile is missing, cut short or damaged.
    """
    number, _ = main_page(TagFile(data))
    return next(read_pages(data, [number]))


def read_pages(data: bytes, numbers: Sequence[int]) -> Iterator[StoredPhoto]:
    """Pixels and metadata of several pages, one after another.

    Args:
        data: the file.
        numbers: of the pages, from 0 on, in the order of `directories`.

    Raises:
        ImageError: as `read`.
    """
    import tifffile  # only here: it takes as long to import as numpy

    file = TagFile(data)
    found = directories(file)
    with tifffile.TiffFile(io.BytesIO(data)) as opened:
        for number in numbers:
            page = opened.pages[number]
            if not isinstance(page, tifffile.TiffPage):
                raise ImageError("broken picture (TIFF)")
            yield _read_page(data, file, page, found[number])


def _read_page(
    data: bytes, file: TagFile, page: "tifffile.TiffPage", directory: dict[int, Entry]
) -> StoredPhoto:
    header = _header_of(data, file, directory)
    profile = file.value(directory.get(_ICC))
    _check_page(page)
    if _needs_libtiff(page):
        rgba = imagecodecs.tiff_decode(data, page.index, asrgb=True)
        check_decoded_size(rgba, (header.height, header.width))
        return StoredPhoto(*split_alpha(rgba[..., :3]), b"", header.metadata)
    samples = _samples(page)
    check_decoded_size(samples, (header.height, header.width))
    channels = _COLOR_CHANNELS.get(page.photometric, 0)
    if not channels or samples.shape[2] < channels:
        raise ImageError("a kind of TIFF color that is not known")
    alpha = _alpha(samples, page, channels)
    colors = _colors(samples[..., :channels], page, alpha)
    if page.photometric in (_CIE_LAB, _ICC_LAB):
        profile = b""
    return StoredPhoto(colors, alpha, profile, header.metadata)


def directories(file: TagFile) -> list[dict[int, Entry]]:
    """The directories of a file's pages, in order.

    Raises:
        ImageError: if there are too many, or it is a camera's raw file.
    """
    first, following = file.directory(file.first)
    pages, seen, tags = [first], {file.first}, len(first)
    while following and following not in seen:
        seen.add(following)
        page, following = file.directory(following)
        pages.append(page)
        tags += len(page)
        if len(pages) > _MAX_PAGES or tags > _MAX_TAGS:
            raise ImageError(f"more than {_MAX_PAGES} pages, or {_MAX_TAGS} tags in them")
    if any(_DNG_VERSION in page for page in pages):
        raise ImageError(_RAW_FILE)
    return pages


def role_of(file: TagFile, page: dict[int, Entry]) -> str:
    """What a page is: "reduced-size page" (a copy of another), "mask", or "" for a page proper."""
    if _is_reduced(file, page):
        return "reduced-size page"
    return "mask" if file.number(page.get(_NEW_SUBFILE_TYPE)) & _MASK else ""


def main_page(file: TagFile) -> tuple[int, dict[int, Entry]]:
    """Number and directory of the first page that is not a reduced copy of another."""
    pages = directories(file)
    for number, page in enumerate(pages):
        if page and not _is_reduced(file, page):
            return number, page
    if any(_SUB_DIRECTORIES in page for page in pages):
        raise ImageError(_RAW_FILE)
    return 0, pages[0]


def _is_reduced(file: TagFile, page: dict[int, Entry]) -> bool:
    bits = file.number(page.get(_NEW_SUBFILE_TYPE))
    return bool(bits & 1) or file.number(page.get(_SUBFILE_TYPE)) == 2


def _check_page(page: "tifffile.TiffPage") -> None:
    if page.photometric == _CFA:
        raise ImageError(_RAW_FILE)
    if page.imagedepth != 1 or not 1 <= page.samplesperpixel <= 8:
        raise ImageError("not a flat picture")
    if page.photometric == _SEPARATED and page.tags.valueof(332, _CMYK_INKS) != _CMYK_INKS:
        raise ImageError("a kind of TIFF color that is not known")
    if 0 in page.databytecounts:
        raise ImageError("truncated picture")


def _needs_libtiff(page: "tifffile.TiffPage") -> bool:
    """Whether tifffile has no decoder: old JPEG, subsampled colors, LogLuv, ThunderScan."""
    is_plain_ycbcr = page.photometric == _YCBCR and page.compression not in {_JPEG, *_RAW_YCBCR}
    return is_plain_ycbcr or page.compression in _BY_LIBTIFF


def _samples(page: "tifffile.TiffPage") -> np.ndarray:
    """The samples as they are stored, `(h, w, channels)`."""
    if page.compression == _JPEG and page.bitspersample == 8:
        _check_jpeg_segments(page)
    try:
        samples = page.asarray(maxworkers=1)
    except ValueError as error:
        if "reshape" in str(error) or "buffer" in str(error):
            raise ImageError("truncated picture") from error
        raise
    planar = page.planarconfig == _PLANAR and page.samplesperpixel > 1
    shape = page.imagelength, page.imagewidth
    if planar:
        return np.moveaxis(samples.reshape((-1, *shape)), 0, -1)
    return samples.reshape((*shape, -1))


def _check_jpeg_segments(page: "tifffile.TiffPage") -> None:
    """Refuse damaged strips: tifffile's decoder fills up with gray and calls that good."""
    tables = page.jpegtables or b""
    handle: Any = page.parent.filehandle
    for segment, _ in handle.read_segments(page.dataoffsets, page.databytecounts):
        if segment is None:
            raise ImageError("truncated picture")
        whole = tables[:-2] + segment[2:] if tables else segment
        jpeg.check_strictly(whole)


def _colors(samples: np.ndarray, page: "tifffile.TiffPage", alpha: np.ndarray | None) -> np.ndarray:
    """The color channels, `(h, w)`, or `(h, w, 3)` or `(h, w, 4)`, of 8 or 16 bits."""
    photometric, bits = page.photometric, page.bitspersample
    if photometric == _PALETTE:
        return _palette_colors(samples[..., 0], page.colormap)
    if photometric in (_CIE_LAB, _ICC_LAB):
        return lab_to_srgb(_lab_codes(samples, photometric, bits))
    scaled = np.ascontiguousarray(scaled_samples(samples, bits))
    if photometric == _YCBCR and page.compression in _RAW_YCBCR:
        import cv2

        return cv2.cvtColor(scaled[..., [0, 2, 1]], cv2.COLOR_YCrCb2RGB)
    if scaled.shape[2] == 1:
        scaled = scaled[..., 0]
    if alpha is not None and page.extrasamples[0] == _ASSOCIATED:
        scaled = unmultiplied(scaled, alpha)
    if photometric == _WHITE_IS_ZERO:
        np.subtract(np.iinfo(scaled.dtype).max, scaled, out=scaled)
    return scaled


def _palette_colors(codes: np.ndarray, colormap: np.ndarray | None) -> np.ndarray:
    if colormap is None or codes.dtype.kind not in "bu":
        raise ImageError("broken picture (palette)")
    # Some programs write 8 bits where 16 are due.
    table = (colormap if colormap.max() < 256 else colormap >> 8).astype(np.uint8).T
    if codes.max() >= len(table):
        raise ImageError("broken picture (palette)")
    if (table == table[:, :1]).all():
        return table[:, 0][codes.astype(np.intp)]
    return table[codes.astype(np.intp)]


def _lab_codes(samples: np.ndarray, photometric: int, bits: int) -> np.ndarray:
    """CIELAB as `lab_to_srgb` takes it: a and b of CIELab are signed, of ICCLab shifted."""
    if bits not in (8, 16):
        raise ImageError("a kind of TIFF color that is not known")
    codes = np.ascontiguousarray(samples).view(f"u{bits // 8}").copy()
    if photometric == _CIE_LAB:
        codes[..., 1:] ^= np.array(1 << (bits - 1), codes.dtype)
    elif bits == 16:  # white is 0xFF00 there
        codes[..., 0] = np.minimum(codes[..., 0], 0xFF00) * np.uint32(65535) // 0xFF00
    if bits == 16:  # 0x8000 is 0, and 256 a unit
        shifted = (codes[..., 1:].astype(np.int32) - 0x8000) * 257 // 256 + 0x8080
        codes[..., 1:] = np.clip(shifted, 0, 65535)
    return codes


def _alpha(samples: np.ndarray, page: "tifffile.TiffPage", channels: int) -> np.ndarray | None:
    if samples.shape[2] == channels or page.extrasamples[:1] not in (
        (_ASSOCIATED,),
        (_UNASSOCIATED,),
    ):
        return None
    return np.ascontiguousarray(scaled_samples(samples[..., channels], page.bitspersample))
