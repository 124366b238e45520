"""Image files in and out: the one place that knows the formats, their libraries and their traps."""

from colorizer_tf.images.decoding import decode_photo, photo_size
from colorizer_tf.images.encoding import encode_photo, encode_png
from colorizer_tf.images.files import MAX_FILE_BYTES, read_file, write_atomic
from colorizer_tf.images.flat import decode_image
from colorizer_tf.images.formats import (
    FORMATS,
    IMAGE_SUFFIXES,
    PHOTO_SUFFIXES,
    output_format,
    suffix_of,
)
from colorizer_tf.images.photo import Metadata, Photo

__all__ = [
    "FORMATS",
    "IMAGE_SUFFIXES",
    "MAX_FILE_BYTES",
    "PHOTO_SUFFIXES",
    "Metadata",
    "Photo",
    "decode_image",
    "decode_photo",
    "encode_photo",
    "encode_png",
    "output_format",
    "photo_size",
    "read_file",
    "suffix_of",
    "write_atomic",
]
