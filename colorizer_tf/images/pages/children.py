"""The child processes that read files of several pages."""

import contextlib
from collections.abc import Iterator
from typing import Any

from colorizer_tf.base.errors import ImageError
from colorizer_tf.images.isolation import DecoderProcesses, Session

# Apart from those for single pictures: while a page is held, its picture may need one of them.
_children = DecoderProcesses("colorizer_tf.images.pages.here")


def open_session(asked: dict[str, Any], data: bytes) -> contextlib.AbstractContextManager[Session]:
    """A child that reads a file; see `here.session_here`."""
    return _children.session(asked, data)


@contextlib.contextmanager
def named(what: str) -> Iterator[None]:
    """Put what is read before the reason of an `ImageError` raised inside."""
    try:
        yield
    except ImageError as error:
        raise ImageError(f"{what}: {error}") from error
