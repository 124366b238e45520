"""HEIC files, by the extra `heic`."""

from typing import Any

import numpy as np

from colorizer_tf.base.errors import ImageError
from colorizer_tf.images.opening import check_size
from colorizer_tf.images.photo import Metadata


def heic_size(data: bytes) -> tuple[int, int]:
    """Height and width of the upright picture.

    Raises:
        ImageError: if pillow-heif is not installed, or the size breaks the limits.
    """
    return _size(_opened(data))


def read_heic(data: bytes) -> tuple[np.ndarray, bytes, Metadata]:
    """Samples, ICC profile and metadata.

    Returns:
        `(h, w, 3)` or with alpha `(h, w, 4)`, upright; uint8, or uint16 if the file has more bits.

    Raises:
        ImageError: as `heic_size`.
    """
    file = _opened(data)
    size = _size(file)
    samples = np.array(file)
    if samples.shape[:2] != size:
        raise ImageError("broken picture (another size than its header tells)")
    if samples.dtype == np.uint16:
        samples |= samples >> int(file.info["bit_depth"])  # it fills up with zeros: no white
    exif = (file.info.get("exif") or b"").removeprefix(b"Exif\0\0")
    metadata = Metadata(exif=exif, xmp=file.info.get("xmp") or b"")
    return samples, file.info.get("icc_profile") or b"", metadata


def _opened(data: bytes) -> Any:
    try:
        import pillow_heif
    except ImportError as error:
        raise ImageError('HEIC needs one more package: pip install "colorizer-tf[heic]"') from error
    file = pillow_heif.open_heif(data, convert_hdr_to_8bit=False)
    # The pixels come upright: the tags that would turn them once more go.
    pillow_heif.set_orientation(file.info)
    return file


def _size(file: Any) -> tuple[int, int]:
    width, height = file.size
    check_size(height, width)
    return height, width
