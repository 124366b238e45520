"""The child that decodes: what `isolation` starts."""

import contextlib
import importlib
import json
import os
import sys
from typing import Any, BinaryIO

from colorizer_tf.base.errors import ImageError
from colorizer_tf.images.messages import Answer, Facts, receive_request, send_answer


def serve(module: str) -> None:
    """Answer requests from the standard input until it ends.

    Args:
        module: the module whose `read_here`, `read_header_here` and `session_here` are called.
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
            if task == b"open":
                _hold_session(readers, json.loads(data), (requests, answers))
                continue
            answer: Answer
            try:
                answer = (
                    readers.read_here(data) if task == b"read" else readers.read_header_here(data)
                )
            except ImageError as error:
                answer = str(error)
            del data
            send_answer(answers, answer)
            del answer


def _hold_session(readers: Any, asked: dict[str, Any], pipes: tuple[BinaryIO, BinaryIO]) -> None:
    """Send what a generator gives, one answer for each request, until either side ends it."""
    requests, answers = pipes
    _, data = receive_request(requests)
    steps = readers.session_here(asked, data)
    del data
    reply: bytes | None = None
    while True:
        try:
            answer = steps.send(reply)
        except StopIteration:
            send_answer(answers, Facts({"ended": True}))
            return
        except ImageError as error:
            send_answer(answers, str(error))
            return
        send_answer(answers, answer)
        del answer
        task, reply = receive_request(requests)
        if task == b"stop":
            steps.close()
            return
