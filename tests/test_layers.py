"""The arrows of the house: imports point to the same layer or down, never in rings."""

import ast
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "colorizer_tf"
LAYERS = {
    0: {
        *("errors", "config", "color", "difference", "images", "startup", "environment"),
        *("locks", "progress"),
    },
    1: {
        *("records", "augment", "sampling", "networks", "losses", "metrics"),
        *("merge", "model_json", "runtimes", "catalog"),
    },
    2: {"pipeline", "models"},
    3: {
        *("callbacks", "strategy", "distributed", "baseline", "train"),
        *("signatures", "formats", "export", "colorizer"),
    },
    4: {"batch", "evaluation", "web", "spark"},
    5: {"cli", "__main__"},
}
LAYER_OF = {name: layer for layer, names in LAYERS.items() for name in names}
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
    for name in imports(path, everywhere):
        first, _, rest = name.partition(".")
        if first == "colorizer_tf" and rest.partition(".")[0] in LAYER_OF:
            yield rest.partition(".")[0]


def test_every_module_has_a_layer():
    assert {room(path) for path in MODULES} - {"__init__"} == set(LAYER_OF)


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_down(path):
    if room(path) == "__init__":
        return
    for used in rooms_used(path):
        assert LAYER_OF[used] <= LAYER_OF[room(path)], f"{path.name} imports {used}"


def test_rooms_form_no_ring():
    graph = {}
    for path in MODULES:
        if room(path) != "__init__":
            graph.setdefault(room(path), set()).update(set(rooms_used(path)) - {room(path)})
    TopologicalSorter(graph).prepare()


def outside(path, everywhere):
    return {name.partition(".")[0] for name in imports(path, everywhere)} - {"colorizer_tf"}


@pytest.mark.parametrize("path", [p for p in MODULES if room(p) in ("networks", "losses")], ids=str)
def test_networks_and_losses_know_keras_and_numpy_only(path):
    assert outside(path, everywhere=True) - set(sys.stdlib_module_names) <= {"keras", "numpy"}


@pytest.mark.parametrize(
    "path",
    [p for p in MODULES if LAYER_OF.get(room(p)) == 0 or room(p) == "evaluation"],
    ids=str,
)
def test_the_lowest_layer_and_evaluation_load_no_tensorflow(path):
    assert not outside(path, everywhere=False) & {"tensorflow", "keras", "jax"}


@pytest.mark.parametrize("path", [p for p in MODULES if room(p) in ("cli", "__init__")], ids=str)
def test_the_command_line_loads_nothing_heavy_before_it_must(path):
    assert not outside(path, everywhere=False) & HEAVY
