"""Decoding in child processes, so that a decoder that crashes costs one file and no more."""

import atexit
import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from colorizer_tf.base.errors import ImageError
from colorizer_tf.images.messages import Answer, Facts, receive, send
from colorizer_tf.images.photo import Header, StoredPhoto

_TIME_LIMIT = 300.0  # seconds for one file
_MOST_PROCESSES = 4
_START = "from colorizer_tf.images.isolated import serve; import sys; serve(sys.argv[1])"


class DecoderProcesses:
    """Child processes that decode: started when first needed, kept, and replaced when lost.

    Safe to use from several threads, and in a process forked after first use.
    """

    def __init__(self, module: str) -> None:
        """Set up without starting anything.

        Args:
            module: the module whose `read_here`, `read_header_here` and `session_here` the
                children call.
        """
        self.module = module
        self._start_over()
        atexit.register(self.close)

    def read(self, data: bytes) -> StoredPhoto:
        """Pixels and metadata of an image file.

        Raises:
            ImageError: if the file is broken, or its decoder crashed or took too long.
        """
        return cast(StoredPhoto, self._answer(b"read", data))

    def read_header(self, data: bytes) -> Header:
        """Size and metadata of an image file.

        Raises:
            ImageError: as `read`.
        """
        return cast(Header, self._answer(b"size", data))

    @contextlib.contextmanager
    def session(self, asked: dict[str, Any], data: bytes) -> "Iterator[Session]":
        """A child to itself, in which `session_here(asked, data)` gives one answer after another.

        Raises:
            ImageError: as `read`.
        """
        with self._child() as child:
            session = Session(child, asked, data)
            try:
                yield session
            finally:
                session.end()

    def close(self) -> None:
        """End the idle children."""
        while self._idle and self._owner == os.getpid():
            self._idle.pop().close()

    def _start_over(self) -> None:
        self._owner = os.getpid()
        self._idle: list[_Child] = []
        self._slots = threading.BoundedSemaphore(min(_MOST_PROCESSES, os.cpu_count() or 1))

    def _answer(self, task: bytes, data: bytes) -> Answer:
        with self._child() as child:
            answer = child.answer(task, data)
            child.is_free = True
        if isinstance(answer, str):
            raise ImageError(answer)
        return answer

    @contextlib.contextmanager
    def _child(self) -> "Iterator[_Child]":
        """A child for one task; it is kept for others if it is free at the end."""
        if self._owner != os.getpid():  # forked: the children are the other process's
            self._start_over()
        with self._slots:
            child = self._taken()
            child.is_free = False
            try:
                yield child
            finally:
                if child.is_free:
                    self._idle.append(child)
                else:
                    child.close()

    def _taken(self) -> "_Child":
        with contextlib.suppress(IndexError):
            while True:
                child = self._idle.pop()
                if child.is_alive():
                    return child
                child.close()
        return _Child(self.module)


class Session:
    """A generator in a child process, and the file that it reads."""

    def __init__(self, child: "_Child", asked: dict[str, Any], data: bytes) -> None:
        self._child = child
        self._first: tuple[dict[str, Any], bytes] | None = (asked, data)
        self._ended = False

    def next(self, reply: bytes = b"") -> StoredPhoto | Facts | None:
        """The generator's next answer, or None at its end.

        Args:
            reply: what its `yield` gives it; of the first answer nothing.

        Raises:
            ImageError: if it raised one, or its process crashed or took too long.
        """
        if self._first:
            (asked, data), self._first = self._first, None
            answer = self._child.answer(b"open", json.dumps(asked).encode(), data)
        else:
            answer = self._child.answer(b"next", reply)
        self._ended = isinstance(answer, str) or (
            isinstance(answer, Facts) and answer.values == {"ended": True}
        )
        self._child.is_free = self._ended
        if isinstance(answer, str):
            raise ImageError(answer)
        return None if self._ended else cast(StoredPhoto | Facts, answer)

    def end(self) -> None:
        """Leave the rest; a child that is in the middle of an answer stays taken."""
        if self._first:
            self._child.is_free = True
        elif not self._ended and self._child.has_answered:
            self._child.stop()


class _Child:
    """A child process and the pipes to it.

    Attributes:
        is_free: whether it waits for another task.
        has_answered: whether its last answer has come whole.
    """

    is_free, has_answered = True, False

    def __init__(self, module: str) -> None:
        path = os.pathsep.join(entry or str(Path.cwd()) for entry in sys.path)
        try:
            # A session of its own: Ctrl-C is for the parent, which ends its children.
            self._process: Any = subprocess.Popen(  # noqa: S603 - our own interpreter and code
                [sys.executable, "-c", _START, module],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": path},
                start_new_session=True,
                pipesize=2**20,
            )
        except OSError as error:
            raise ImageError("cannot start a process to decode it in") from error

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def answer(self, task: bytes, *data: bytes) -> Answer:
        self.has_answered = False
        timer = threading.Timer(_TIME_LIMIT, self._process.kill)
        timer.daemon = True
        timer.start()
        try:
            for part in data:
                send(self._process.stdin, task, part)
            answer = receive(self._process.stdout)
        except (OSError, EOFError) as error:
            timed_out = not timer.is_alive()
            raise ImageError(self._loss(timed_out)) from error
        finally:
            timer.cancel()
        self.has_answered = True
        return answer

    def stop(self) -> None:
        with contextlib.suppress(OSError):
            send(self._process.stdin, b"stop", b"")
            self.is_free = True

    def close(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                pipe.close()
        self._process.kill()
        self._process.wait()

    def _loss(self, timed_out: bool) -> str:
        if timed_out:
            return f"its decoder took longer than {_TIME_LIMIT:.0f} s"
        code = self._process.wait()
        return f"its decoder crashed ({f'signal {-code}' if code < 0 else f'exit code {code}'})"
