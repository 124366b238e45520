"""Colors that a person gives at points of a photo, spread over what the model predicts."""

from colorizer_tf.inference.hints.book import HintBook
from colorizer_tf.inference.hints.hint import Hint

__all__ = ["Hint", "HintBook"]
