"""A folder that any file server can serve: a page that colors photos in the visitor's browser.

It holds the network as ONNX with float16 weights, and ONNX Runtime compiled to WebAssembly from the
package onnxruntime-web, as npm packs it: nothing is fetched, neither here nor by the page.
"""

import dataclasses
import hashlib
import json
import shutil
import tarfile
import zlib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from colorizer_tf import color
from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.color.merge import guided
from colorizer_tf.export.formats.onnx import write_onnx
from colorizer_tf.export.formats.parity import Written
from colorizer_tf.inference.hints import kernel, points, regions, spread
from colorizer_tf.inference.runtimes import ONNX_FILE

FOLDER = "web"
RUNTIME = "onnxruntime-web"
# The version that the page is tested with. A visitor's browser runs these files, so their digests
# must be those of the package.
VERSION = "1.30.0"
_FILES = {
    "package/dist/ort.wasm.bundle.min.mjs": (
        "ort.js",
        "11e64bd8ffe11bd1a2a2f0d6275fdfbbba7262f0b76b99b53d228a8a22ef3d90",
    ),
    "package/dist/ort-wasm-simd-threaded.wasm": (
        "ort-wasm-simd-threaded.wasm",
        "3398c10d07d229bd91b364548e130e0e51a8e5704b88c7c083ebbeb78842dee2",
    ),
}
# Of `model.json`, for the page.
_FACTS = ("name", "license", "size", "ab_stride", "temperature", "classes", "hints")
_MAX_FILE = 64 * 2**20
_MAX_UNPACKED = 512 * 2**20
_HOW = f"npm pack {RUNTIME}@{VERSION} makes {RUNTIME}-{VERSION}.tgz, to be named by --web-runtime"


def read_runtime(path: str | Path) -> dict[str, bytes]:
    """The files of ONNX Runtime that the page runs, by their names in its folder.

    Args:
        path: onnxruntime-web as npm packs it.

    Raises:
        ColorizerError: if it is not that package, of the version that the page is tested with.
    """
    if not str(path):
        raise ColorizerError(f"the format web needs {RUNTIME} {VERSION}: {_HOW}")
    found: dict[str, bytes] = {}
    unpacked = 0
    try:
        with tarfile.open(path, "r:gz") as archive:
            for member in archive:
                unpacked += member.size
                if unpacked > _MAX_UNPACKED or len(found) == len(_FILES):
                    break
                if member.name in _FILES and member.isfile() and member.size <= _MAX_FILE:
                    content = archive.extractfile(member)
                    found[member.name] = content.read() if content else b""
    except (OSError, EOFError, tarfile.TarError, zlib.error) as error:
        raise ColorizerError(f"{path} cannot be read ({error}): {_HOW}") from error
    files = {}
    for member_name, (name, sha256) in _FILES.items():
        if hashlib.sha256(found.get(member_name, b"")).hexdigest() != sha256:
            what = "another" if member_name in found else "no"
            raise ColorizerError(
                f"{path} is not {RUNTIME} {VERSION}, it has {what} {member_name}: {_HOW}"
            )
        files[name] = found[member_name]
    return files


def write_web(
    model: onnx.ModelProto, folder: Path, runtime: str | Path, facts: Mapping[str, Any]
) -> Written:
    """Write the page, its model and its runtime.

    Args:
        model: the network, as `convert_onnx` gave it.
        folder: the model's, in which `web/` is made.
        runtime: see `read_runtime`.
        facts: the entries of the model's `model.json` so far.

    Returns:
        The network written, to be measured; its bytes are those of the whole folder.

    Raises:
        ColorizerError: if the runtime is not the one expected.
    """
    web = folder / FOLDER
    with resources.as_file(resources.files("colorizer_tf.export.formats") / "page") as page:
        shutil.copytree(page, web, ignore=shutil.ignore_patterns("__pycache__"))
    (web / "runtime").mkdir()
    for name, content in read_runtime(runtime).items():
        (web / "runtime" / name).write_bytes(content)
    (web / "model.json").write_text(json.dumps(_describe(facts), indent=2) + "\n", "utf-8")
    written = write_onnx(model, web / ONNX_FILE, half=True)
    parts = tuple(file for file in web.rglob("*") if file.is_file())
    return dataclasses.replace(written, name="web", file=f"{FOLDER}/{ONNX_FILE}", parts=parts)


def _describe(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The page's own `model.json`; its color constants are those of `color` and `merge`."""
    return {
        "runtime": f"ONNX Runtime Web {VERSION}, MIT",
        **{name: facts[name] for name in _FACTS if name in facts},
        "color": {
            "weights": color.XYZ_FROM_RGB[1].tolist(),
            "matrix": np.asarray(color.RGB_FROM_XYZ * color.NEUTRAL).tolist(),
            "window": guided.WINDOW,
            "epsilon": guided.EPSILON,
            "steepest": guided.STEEPEST,
            "xyz": (color.XYZ_FROM_RGB / np.asarray(color.NEUTRAL)[:, None]).tolist(),
        },
        "hint_constants": _hint_constants(),
    }


def _hint_constants() -> dict[str, Any]:
    """The constants of `inference.hints`."""
    return {
        "lightness_unit": kernel.LIGHTNESS_UNIT,
        "position_unit": kernel.POSITION_UNIT,
        "color_unit": kernel.COLOR_UNIT,
        "amplitudes": kernel.AMPLITUDES,
        "untrained": {
            "dimensions": kernel.UNTRAINED.dimensions,
            "lightness": kernel.UNTRAINED.lightness,
            "position": kernel.UNTRAINED.position,
            "amplitudes": kernel.UNTRAINED_AMPLITUDES,
        },
        "jitter": spread.JITTER,
        "rounds": spread.ROUNDS,
        "ring_pixels": points.RING_PIXELS,
        "max_rings": points.MAX_RINGS,
        "max_points": points.MAX_POINTS,
        "noise": regions.NOISE,
        "around": regions.AROUND,
        "heights": regions.HEIGHTS.tolist(),
        "remains": regions.REMAINS.tolist(),
    }
