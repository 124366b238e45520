"""Pages of TIFF files decoded, in a child process."""

import json
from typing import Any

from colorizer_tf.images import tiff
from colorizer_tf.images.messages import Facts
from colorizer_tf.images.pages.here import Steps


def steps(asked: dict[str, Any], data: bytes) -> Steps:
    """No facts at first; reply: JSON, numbers of pages from 0 on. Then their stored pictures."""
    del asked
    numbers = json.loads((yield Facts({})))
    yield from tiff.read_pages(data, numbers)
