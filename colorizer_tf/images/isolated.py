"""The child that decodes: what `isolation` starts."""

import contextlib
import importlib
import os
import sys

from colorizer_tf.base.errors import ImageError
from colorizer_tf.images.messages import receive_request, send_answer
from colorizer_tf.images.photo import Header, StoredPhoto


def serve(module: str) -> None:
    """Answer requests from the standard input until it ends.

    Args:
        module: the module whose `read_here` and `read_header_here` are called.
    """
    # A dump of a crashed decoder's memory helps no user, and what it prints is no answer.
    with contextlib.suppress(ImportError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    readers = importlib.import_module(module)
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            task, data = receive_request(requests)
            answer: StoredPhoto | Header | str
            try:
                answer = (
                    readers.read_here(data) if task == b"read" else readers.read_header_here(data)
                )
            except ImageError as error:
                answer = str(error)
            del data
            send_answer(answers, answer)
            del answer
