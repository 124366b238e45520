"""Imports between the rooms of the package point to the same layer or down, never in rings."""

import ast
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "colorizer_tf"
LAYERS = {
    0: {"base", "images", "color"},
    1: {"records", "networks"},
    2: {"data", "models", "inference"},
    3: {"training", "export"},
    4: {"batch", "evaluation", "serve", "video"},
    5: {"cli"},
    6: {"__init__", "__main__"},
}
LAYER_OF = {name: layer for layer, names in LAYERS.items() for name in names}
MAX_ROOMS = 15
HEAVY = {"tensorflow", "keras", "numpy", "cv2", "PIL", "tqdm", "jax"}
MODULES = sorted(PACKAGE.rglob("*.py"))


def room(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path, everywhere):
    """Names of modules that a file imports, at its top or anywhere."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree) if everywhere else tree.body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: imports are absolute"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def rooms_used(path, everywhere=True):
    """Rooms that a file imports from; "__init__" for a public name of the package itself."""
    for name in imports(path, everywhere):
        first, _, rest = name.partition(".")
        if first == "colorizer_tf" and rest:
            used = rest.partition(".")[0]
            yield used if used in LAYER_OF else "__init__"


def outside(path, everywhere):
    return {name.partition(".")[0] for name in imports(path, everywhere)} - {"colorizer_tf"}


def some(rooms, *files):
    """Parametrize over the modules of some rooms, and some files by their names."""
    paths = [p for p in MODULES if room(p) in rooms or str(p.relative_to(PACKAGE)) in files]
    assert paths
    return pytest.mark.parametrize("path", paths, ids=lambda p: str(p.relative_to(PACKAGE)))


def test_every_room_has_a_layer():
    assert {room(path) for path in MODULES} == set(LAYER_OF)
    assert len({path.parent for path in PACKAGE.glob("*/__init__.py")}) <= MAX_ROOMS


@some(LAYER_OF)
def test_imports_point_down(path):
    for used in rooms_used(path):
        assert LAYER_OF[used] <= LAYER_OF[room(path)], f"{path.name} imports {used}"


def test_rooms_form_no_ring():
    graph = {}
    for path in MODULES:
        graph.setdefault(room(path), set()).update(set(rooms_used(path)) - {room(path)})
    TopologicalSorter(graph).prepare()


@some({"networks"}, "models/losses.py")
def test_networks_and_losses_know_keras_and_numpy_only(path):
    assert outside(path, everywhere=True) - set(sys.stdlib_module_names) <= {"keras", "numpy"}


@some(LAYERS[0] | {"evaluation"})
def test_the_lowest_layer_and_evaluation_load_no_tensorflow(path):
    assert not outside(path, everywhere=False) & {"tensorflow", "keras", "jax"}


@some({"cli", "__init__", "__main__"})
def test_the_command_line_loads_nothing_heavy_before_it_must(path):
    assert not outside(path, everywhere=False) & HEAVY


@some(LAYER_OF)
def test_packages_and_modules_open_with_a_sentence(path):
    assert (ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "").strip()
