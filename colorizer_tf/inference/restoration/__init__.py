"""Old prints put right before they are colored: sepia, fading, borders, grain, dust, scratches."""

from colorizer_tf.inference.restoration.restore import Restored, restore

__all__ = ["Restored", "restore"]
