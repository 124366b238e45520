"""HEIC files, by the extra `heic`."""

from typing import Any

import numpy as np

from colorizer_tf.base.errors import ImageError
from colorizer_tf.images.exif import orientation_of
from colorizer_tf.images.limits import check_decoded_size, check_size
from colorizer_tf.images.photo import Header, Metadata, StoredPhoto
from colorizer_tf.images.samples import split_alpha


def read_header(data: bytes) -> Header:
    """Size and metadata.

    Raises:
        ImageError: if pillow-heif is not installed, or the size breaks the limits.
    """
    file = _opened(data)
    width, height = file.size
    check_size(height, width)
    return Header(height, width, _metadata(file), is_upright=True)


def read(data: bytes) -> StoredPhoto:
    """Pixels and metadata.

    Raises:
        ImageError: as `read_header`.
    """
    header, file = read_header(data), _opened(data)
    samples = np.array(file)
    check_decoded_size(samples, (header.height, header.width))
    if samples.dtype == np.uint16:
        # The decoder fills up with zeros: no white.
        samples |= samples >> int(file.info["bit_depth"])
    profile = file.info.get("icc_profile") or b""
    return StoredPhoto(*split_alpha(samples), profile, header.metadata, is_upright=True)


def _opened(data: bytes) -> Any:
    try:
        import pillow_heif
    except ImportError as error:
        raise ImageError('HEIC needs one more package: pip install "colorizer-tf[heic]"') from error
    return pillow_heif.open_heif(data, convert_hdr_to_8bit=False)


def _metadata(file: Any) -> Metadata:
    exif = (file.info.get("exif") or b"").removeprefix(b"Exif\0\0")
    xmp = file.info.get("xmp") or b""
    return Metadata(exif=exif, xmp=xmp, orientation=orientation_of(exif, xmp))
