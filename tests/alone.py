"""Scripts in a process in which neither Keras nor this package can be imported."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Self

PROCESS = """
import importlib.machinery, json, sys, traceback

class Blocker:
    # TensorFlow asks where Keras lies, without importing it: that much it may know.
    def find_spec(self, name, *_):
        if name.partition(".")[0] in ("keras", "tf_keras", "colorizer_tf"):
            return importlib.machinery.ModuleSpec(name, self, origin="/nowhere/__init__.py")

    def create_module(self, spec):
        raise ModuleNotFoundError(spec.name)

    exec_module = create_module

sys.meta_path.insert(0, Blocker())
for line in sys.stdin:
    script, arguments = json.loads(line)
    try:
        exec(script, {"arguments": arguments})
        assert not {"keras", "tf_keras", "colorizer_tf"} & set(sys.modules)
        said = ""
    except BaseException:
        said = traceback.format_exc()
    print(json.dumps(said), flush=True)
"""


class Alone:
    """The process, for as long as the context is entered: TensorFlow is imported in it once."""

    def __enter__(self) -> Self:
        command = [sys.executable, "-c", PROCESS]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def run(self, script: str, *arguments: Path) -> None:
        """Run a script, which finds its arguments in a list of that name.

        Raises:
            AssertionError: if it raises something; the message is its traceback.
        """
        print(json.dumps([script, list(map(str, arguments))]), file=self._process.stdin, flush=True)
        said = json.loads(self._process.stdout.readline())
        assert not said, said
