"""Between a photo's own size and the network's: L* down, color up and onto the photo's L*."""

from colorizer_tf.color.merge.blocks import gray_codes
from colorizer_tf.color.merge.photo import gray_of, merge_photo, small_lightness

__all__ = ["gray_codes", "gray_of", "merge_photo", "small_lightness"]
