"""What passes between a process and the child that decodes for it: plain bytes, no pickle."""

import json
import struct
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import numpy as np

from colorizer_tf.images.photo import Header, Metadata, StoredPhoto

_TASK = struct.Struct(">4sQ")
_LENGTH = struct.Struct(">Q")


@dataclass(frozen=True)
class Facts:
    """What is neither a photo nor a header: values that JSON knows, and bytes.

    Attributes:
        values: by name.
        blocks: files, profiles, samples and the like.
    """

    values: dict[str, Any]
    blocks: list[bytes] = field(default_factory=list)


Answer = StoredPhoto | Header | Facts | str


def send(stream: BinaryIO, task: bytes, data: bytes) -> None:
    """Write a request: a task of four letters, and an image file."""
    stream.write(_TASK.pack(task, len(data)))
    stream.write(data)
    stream.flush()


def receive_request(stream: BinaryIO) -> tuple[bytes, bytes]:
    """Read a request.

    Raises:
        EOFError: if the other side has ended.
    """
    task, length = _TASK.unpack(_exactly(stream, _TASK.size))
    return task, bytes(_exactly(stream, length))


def send_answer(stream: BinaryIO, answer: Answer) -> None:
    """Write an answer: a photo, a header, facts, or why there is none."""
    if isinstance(answer, str):
        _send_parts(stream, {"error": answer}, [])
        return
    if isinstance(answer, Facts):
        head = {"facts": answer.values, "blocks": len(answer.blocks)}
        _send_parts(stream, head, list(answer.blocks))
        return
    metadata = answer.metadata
    parts: list[Any] = [metadata.exif, metadata.xmp, metadata.iptc]
    head = {
        "dpi": _plain_dpi(metadata),
        "orientation": metadata.orientation,
        "is_upright": answer.is_upright,
    }
    if isinstance(answer, Header):
        head |= {"size": [answer.height, answer.width]}
    else:
        arrays = [answer.colors] if answer.alpha is None else [answer.colors, answer.alpha]
        head |= {"shapes": [array.shape for array in arrays], "dtype": str(answer.colors.dtype)}
        parts += [answer.profile, *(np.ascontiguousarray(array) for array in arrays)]
    _send_parts(stream, head, parts)


def receive(stream: BinaryIO) -> Answer:
    """Read an answer.

    Raises:
        EOFError: if the other side ended before it was whole.
    """
    head = json.loads(_block(stream))
    if "error" in head:
        return str(head["error"])
    if "facts" in head:
        return Facts(head["facts"], [bytes(_block(stream)) for _ in range(head["blocks"])])
    exif, xmp, iptc = (bytes(_block(stream)) for _ in range(3))
    dpi = tuple(head["dpi"]) if head["dpi"] else None
    metadata = Metadata(exif, xmp, iptc, dpi, head["orientation"])
    if "size" in head:
        height, width = head["size"]
        return Header(height, width, metadata, head["is_upright"])
    profile = bytes(_block(stream))
    arrays = [
        np.frombuffer(_block(stream), head["dtype"]).reshape(shape) for shape in head["shapes"]
    ]
    alpha = arrays[1] if len(arrays) > 1 else None
    return StoredPhoto(arrays[0], alpha, profile, metadata, head["is_upright"])


def _send_parts(stream: BinaryIO, head: dict[str, Any], parts: list[Any]) -> None:
    for part in (json.dumps(head).encode(), *parts):
        view = memoryview(part).cast("B") if len(part) else memoryview(b"")
        stream.write(_LENGTH.pack(view.nbytes))
        stream.write(view)
    stream.flush()


def _plain_dpi(metadata: Metadata) -> list[float] | None:
    return [float(value) for value in metadata.dpi] if metadata.dpi else None


def _block(stream: BinaryIO) -> bytearray:
    (length,) = _LENGTH.unpack(_exactly(stream, _LENGTH.size))
    return _exactly(stream, length)


def _exactly(stream: BinaryIO, length: int) -> bytearray:
    block = bytearray(length)
    view, done = memoryview(block), 0
    while done < length:
        count = stream.readinto(view[done:])  # type: ignore[attr-defined]
        if not count:
            raise EOFError
        done += count
    return block
