"""Reads PyTorch weight files of the legacy format (before 1.6) without PyTorch.

The format is a sequence of pickles followed by the raw values of each storage (`_legacy_load` in
PyTorch's `torch/serialization.py`). A pickle can run any code, so the reader admits the few names
that a dictionary of tensors is made of, and nothing else.
"""

import collections
import pickle
import struct
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

MAGIC_NUMBER = 0x1950A86A20F9469CFC6C
PROTOCOL_VERSION = 1001
# More than any encoder here needs; a forged header can't ask for more memory than this.
MAX_VALUES = 1 << 28

_STORAGE_TYPES: dict[str, np.dtype[Any]] = {
    "FloatStorage": np.dtype("<f4"),
    "DoubleStorage": np.dtype("<f8"),
    "HalfStorage": np.dtype("<f2"),
    "LongStorage": np.dtype("<i8"),
    "IntStorage": np.dtype("<i4"),
}


def read_torch_weights(path: str | Path) -> dict[str, np.ndarray[Any, Any]]:
    """Tensors of a state dictionary that `torch.save` wrote in the legacy format, by name.

    Args:
        path: the `.pth` file.

    Returns:
        Arrays by the names of the state dictionary, in its order.

    Raises:
        ValueError: if the file is in another format, is cut short, or its pickle names anything
            but tensors.
    """
    with Path(path).open("rb") as file:
        try:
            return _read(file)
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from None
        except (EOFError, KeyError, IndexError, TypeError, AttributeError, struct.error) as error:
            raise ValueError(f"{path}: not a PyTorch weight file, or cut short ({error})") from None
        except pickle.UnpicklingError as error:
            raise ValueError(f"{path}: refused to read it: {error}") from None


def _read(file: BinaryIO) -> dict[str, np.ndarray[Any, Any]]:
    storages: dict[str, _Storage] = {}
    if _TensorUnpickler(file, storages).load() != MAGIC_NUMBER:
        raise ValueError("expected the legacy PyTorch format, and its magic number is missing")
    if _TensorUnpickler(file, storages).load() != PROTOCOL_VERSION:
        raise ValueError(f"expected version {PROTOCOL_VERSION} of the legacy PyTorch format")
    _TensorUnpickler(file, storages).load()  # the writer's byte order and type sizes
    state = _TensorUnpickler(file, storages).load()
    for key in _TensorUnpickler(file, storages).load():
        storages[key].read(file)
    return {name: tensor.to_array() for name, tensor in state.items()}


class _Storage:
    """A flat run of values that tensors are views of."""

    def __init__(self, dtype: np.dtype[Any], size: int) -> None:
        if not 0 <= size <= MAX_VALUES:
            raise ValueError(f"a storage of {size} values, expected at most {MAX_VALUES}")
        self.dtype, self.size = dtype, size
        self.values = np.empty(0, dtype)

    def read(self, file: BinaryIO) -> None:
        (size,) = struct.unpack("<q", file.read(8))
        if size != self.size:
            raise ValueError(f"a storage of {size} values, expected {self.size}")
        data = file.read(size * self.dtype.itemsize)
        if len(data) != size * self.dtype.itemsize:
            raise ValueError("it ends within a storage's values")
        self.values = np.frombuffer(data, self.dtype)


class _Tensor:
    """A view of a storage, resolved once the values have been read."""

    def __init__(
        self, storage: _Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...]
    ) -> None:
        self.storage, self.offset, self.shape, self.strides = storage, offset, shape, strides

    def to_array(self) -> np.ndarray[Any, Any]:
        values = self.storage.values
        last = self.offset + sum(
            (side - 1) * stride for side, stride in zip(self.shape, self.strides, strict=True)
        )
        positive = all(side > 0 for side in self.shape) and all(s >= 0 for s in self.strides)
        if not positive or self.offset < 0 or last >= values.size:
            raise ValueError("a tensor that reaches beyond its storage")
        strides = [stride * values.itemsize for stride in self.strides]
        view = np.lib.stride_tricks.as_strided(values[self.offset :], self.shape, strides)
        return np.ascontiguousarray(view)


def _rebuild_tensor(
    storage: Any, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: Any
) -> _Tensor:
    if not isinstance(storage, _Storage):
        raise ValueError("a tensor without a storage")
    return _Tensor(storage, int(offset), tuple(shape), tuple(strides))


class _TensorUnpickler(pickle.Unpickler):
    """An unpickler that knows ordered dictionaries and tensors, and refuses every other name."""

    def __init__(self, file: BinaryIO, storages: dict[str, _Storage]) -> None:
        super().__init__(file)
        self._storages = storages

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild_tensor
        if module == "torch" and name in _STORAGE_TYPES:
            return name
        raise pickle.UnpicklingError(f"it names {module}.{name}, which no tensor needs")

    def persistent_load(self, pid: Any) -> _Storage:
        kind, storage_type, key, _, size, *view = pid
        if kind != "storage" or any(view):
            raise pickle.UnpicklingError(f"it names an unknown kind of storage: {kind!r}")
        if key not in self._storages:
            self._storages[key] = _Storage(_STORAGE_TYPES[storage_type], int(size))
        return self._storages[key]
