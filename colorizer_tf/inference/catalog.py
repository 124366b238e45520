"""Models by name: those that ship with the package and those in `savedmodels/`."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.base.suggestions import did_you_mean
from colorizer_tf.inference import model_json
from colorizer_tf.inference.runtimes import ONNX_FILE, TENSORFLOW_FILE
from colorizer_tf.records.sources.kinds import is_url

# `setup.cfg` and `.gitignore` name the same ones.
SHIPPED = ("gan", "cnn", "diffusion")
# Of those with one answer, the one that is closer to the colors of true photos.
DEFAULT_MODEL = "gan"

FOLDER = "savedmodels"
_MAKE_ONE = "colorizer-tf train, then colorizer-tf export RUN, makes one"


@dataclass(frozen=True)
class CatalogEntry:
    """A folder in `savedmodels/`: a model, or the reason why it is none.

    Attributes:
        name: the value for `--model`.
        folder: the model's folder.
        ships: it came with this package.
        default: it is used if no model is named.
        size_mb: megabytes on disk.
        info: content of its `model.json`.
        problem: why it cannot be used, or "".
    """

    name: str
    folder: Path
    ships: bool = False
    default: bool = False
    size_mb: float = 0.0
    info: dict[str, Any] = field(default_factory=dict)
    problem: str = ""


def find_model(model: str | os.PathLike[str] | None = None) -> Path:
    """The folder of a model.

    Args:
        model: None is the default model. Otherwise the first that exists: a folder with a
            `model.json` at this path; for a bare name, `savedmodels/NAME` in the working directory;
            for a bare name, the model of that name that ships.

    Raises:
        ColorizerError: if there is none; the message lists the known names.
    """
    if model is None:
        return shipped_folder(_default_name())
    path = Path(model)
    if _is_model(path):
        return path
    if _is_bare(path):
        for folder in (Path(FOLDER, path), *_shipped(path.name)):
            if _is_model(folder):
                return folder
    if _is_folder(path):  # `read_info` refuses it, with the reason
        return path
    if is_url(model):
        raise ColorizerError(f"{model} is a URL: download the model's folder first, then give that")
    raise ColorizerError(_not_found(path))


def list_models() -> list[CatalogEntry]:
    """The models that ship, the default first, then those in `savedmodels/`."""
    shipped = [shipped_folder(name) for name in SHIPPED if _is_model(shipped_folder(name))]
    default = _default_name() if shipped else ""
    found = [
        _describe(folder.name, folder, ships=True, default=folder.name == default)
        for folder in shipped
    ]
    found.sort(key=lambda entry: not entry.default)
    taken = {folder.resolve() for folder in shipped}
    local = [folder for folder in _local_folders() if folder.resolve() not in taken]
    return found + [_describe(folder.name, folder) for folder in local]


def shipped_folder(name: str) -> Path:
    """The folder of a model that ships, whether or not it is there.

    A wheel has the models within the package; a clone, and so an editable install, beside it.
    """
    package = Path(__file__).parents[1]
    inside = package / FOLDER
    return (inside if inside.is_dir() else package.parent / FOLDER) / name


def size_on_disk(path: Path) -> float:
    """Megabytes of a file, or of all files in a folder."""
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return sum(file.stat().st_size for file in files) / 1e6


def _default_name() -> str:
    for name in (DEFAULT_MODEL, *SHIPPED):
        if _is_model(shipped_folder(name)):
            return name
    raise ColorizerError(
        f"no model was named, and this copy of colorizer-tf came without one: {_MAKE_ONE}; then "
        f"name it, as {FOLDER}/NAME"
    )


def _not_found(path: Path) -> str:
    known = _known()
    there = _MAKE_ONE
    if known:
        there = f"there are: {', '.join(known)}; colorizer-tf export RUN makes one"
    close = did_you_mean(path.name, known)
    if _is_bare(path):
        searched = f"neither in {FOLDER}/ nor among those that ship"
        return f"no model called {str(path)!r}, {searched}: {there}{close}"
    return f"no model folder at {path}: {there}{close}"


def _is_model(folder: Path) -> bool:
    try:
        return (folder / model_json.FILE).is_file()
    except (OSError, ValueError):
        return False


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def _is_bare(path: Path) -> bool:
    return len(path.parts) == 1 and path.name not in ("", "..")


def _shipped(name: str) -> list[Path]:
    return [shipped_folder(name)] if name in SHIPPED else []


def _local_folders() -> list[Path]:
    try:
        entries = sorted(Path(FOLDER).iterdir())
    except OSError:
        return []
    return [entry for entry in entries if entry.is_dir() and not entry.name.startswith(".")]


def _known() -> list[str]:
    shipped = [name for name in SHIPPED if _is_model(shipped_folder(name))]
    local = [folder.name for folder in _local_folders() if _is_model(folder)]
    return list(dict.fromkeys(shipped + local))


def _describe(
    name: str, folder: Path, *, ships: bool = False, default: bool = False
) -> CatalogEntry:
    try:
        info = model_json.read_info(folder)
        size_mb = size_on_disk(folder)
    except (ColorizerError, OSError) as error:
        return CatalogEntry(name, folder, ships, default, problem=str(error))
    problem = ""
    if not any((folder / file).is_file() for file in (ONNX_FILE, TENSORFLOW_FILE)):
        problem = f"{folder} has neither {ONNX_FILE} nor {TENSORFLOW_FILE}: export the run again"
    return CatalogEntry(name, folder, ships, default, size_mb, info, problem)
