"""Many photos: files, folders, patterns and archives in, a tree of coloured photos out."""

from colorizer_tf.batch.photo import PhotoResult
from colorizer_tf.batch.run import colorize_files

__all__ = ["PhotoResult", "colorize_files"]
