"""Reading PyTorch's legacy weight files, whole, damaged and hostile."""

import io
import os
import pickle
import struct
from collections import OrderedDict

import numpy as np
import pytest

from colorizer_tf.networks.torch_weights import (
    MAGIC_NUMBER,
    PROTOCOL_VERSION,
    read_torch_weights,
)

WEIGHTS = {
    "conv.weight": np.arange(24, dtype=np.float32).reshape(2, 3, 2, 2),
    "conv.bias": np.array([1.5, -2.5], np.float32),
    "steps": np.array([7], np.int64),
}


class Named:
    """A global that pickles as `module.name`, without importing it."""

    def __init__(self, module, name):
        self.module, self.name = module, name


class LegacyWriter(pickle._Pickler):
    """Writes what `torch.save` wrote before version 1.6, from its published source."""

    def persistent_id(self, thing):
        if isinstance(thing, tuple) and thing and thing[0] == "storage":
            return thing
        return None

    def save(self, thing, save_persistent_id=True):
        if isinstance(thing, Named):
            self.write(b"c" + f"{thing.module}\n{thing.name}\n".encode())
            return
        super().save(thing, save_persistent_id)

    def save_tensor(self, tensor):
        self.save(Named("torch._utils", "_rebuild_tensor_v2"))
        self.save(tensor.arguments)
        self.write(b"R")


class Tensor:
    def __init__(self, key, array, strides=None, offset=0):
        kind = "FloatStorage" if array.dtype == np.float32 else "LongStorage"
        self.storage = ("storage", Named("torch", kind), key, "cpu", array.size, None)
        strides = strides or tuple(s // array.itemsize for s in array.strides)
        self.arguments = (self.storage, offset, array.shape, strides, False, OrderedDict())


LegacyWriter.dispatch = pickle._Pickler.dispatch | {Tensor: LegacyWriter.save_tensor}


def write(path, state, storages):
    file = io.BytesIO()
    for part in (MAGIC_NUMBER, PROTOCOL_VERSION, {"little_endian": True}, state, list(storages)):
        LegacyWriter(file, protocol=2).dump(part)
    for array in storages.values():
        file.write(struct.pack("<q", array.size) + array.tobytes())
    path.write_bytes(file.getvalue())
    return path


def state_of(weights):
    storages = {str(number): array for number, array in enumerate(weights.values())}
    state = OrderedDict((name, Tensor(str(n), a)) for n, (name, a) in enumerate(weights.items()))
    return state, storages


def test_reads_names_shapes_and_values(tmp_path):
    read = read_torch_weights(write(tmp_path / "weights.pth", *state_of(WEIGHTS)))
    assert list(read) == list(WEIGHTS)
    for name, array in WEIGHTS.items():
        assert read[name].dtype == array.dtype
        np.testing.assert_array_equal(read[name], array)


def test_reads_tensors_that_are_views(tmp_path):
    values = np.arange(12, dtype=np.float32)
    view = Tensor("0", values)
    view.arguments = (view.storage, 1, (2, 3), (1, 4), False, OrderedDict())
    read = read_torch_weights(write(tmp_path / "w.pth", OrderedDict(w=view), {"0": values}))
    np.testing.assert_array_equal(read["w"], [[1, 5, 9], [2, 6, 10]])


@pytest.mark.parametrize("cut", [1, 60, 200, -1])
def test_a_file_cut_short_is_named(cut, tmp_path):
    path = write(tmp_path / "weights.pth", *state_of(WEIGHTS))
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(ValueError, match=r"weights\.pth"):
        read_torch_weights(path)


def test_a_tensor_beyond_its_storage_is_refused(tmp_path):
    values = np.arange(4, dtype=np.float32)
    far = Tensor("0", values, strides=(400,))
    with pytest.raises(ValueError, match="beyond its storage"):
        read_torch_weights(write(tmp_path / "w.pth", OrderedDict(w=far), {"0": values}))


def test_a_claim_of_huge_memory_is_refused(tmp_path):
    values = np.arange(4, dtype=np.float32)
    huge = Tensor("0", values)
    huge.arguments = (
        ("storage", Named("torch", "FloatStorage"), "0", "cpu", 1 << 40, None),
        0,
        (1 << 40,),
        (1,),
        False,
        OrderedDict(),
    )
    with pytest.raises(ValueError, match="at most"):
        read_torch_weights(write(tmp_path / "w.pth", OrderedDict(w=huge), {"0": values}))


class Hostile:
    """Runs a command when it is unpickled."""

    def __init__(self, command):
        self.command = command

    def __reduce__(self):
        return os.system, (self.command,)


@pytest.mark.parametrize("place", ["first", "state"])
def test_a_hostile_pickle_runs_nothing(place, tmp_path):
    touched = tmp_path / "touched"
    attack = pickle.dumps(Hostile(f"touch {touched}"), protocol=2)
    start = b"".join(pickle.dumps(part, 2) for part in (MAGIC_NUMBER, PROTOCOL_VERSION, {}))
    path = tmp_path / "hostile.pth"
    path.write_bytes(attack if place == "first" else start + attack)
    with pytest.raises(ValueError, match="system, which no tensor needs"):
        read_torch_weights(path)
    assert not touched.exists()


def test_other_files_are_refused(tmp_path):
    path = tmp_path / "other.pth"
    path.write_bytes(pickle.dumps({"a": 1}))
    with pytest.raises(ValueError, match="legacy PyTorch format"):
        read_torch_weights(path)
