"""Image files in, photos as arrays out, and back: the one place that knows the file formats."""

from colorizer_tf.images.decoding import decode_image, decode_photo, photo_size
from colorizer_tf.images.encoding import encode_photo, encode_png
from colorizer_tf.images.files import MAX_FILE_BYTES, read_file
from colorizer_tf.images.formats import (
    IMAGE_SUFFIXES,
    output_format,
    suffix_of,
    unread_kind,
)
from colorizer_tf.images.photo import Metadata, Photo, Planes

__all__ = [
    "IMAGE_SUFFIXES",
    "MAX_FILE_BYTES",
    "Metadata",
    "Photo",
    "Planes",
    "decode_image",
    "decode_photo",
    "encode_photo",
    "encode_png",
    "output_format",
    "photo_size",
    "read_file",
    "suffix_of",
    "unread_kind",
]
