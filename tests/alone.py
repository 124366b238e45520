"""The beginning of a script in which neither Keras nor this package can be imported."""

WITHOUT_KERAS_OR_US = """
import importlib.machinery, sys

class Blocker:
    # TensorFlow asks where Keras lies, without importing it: that much it may know.
    def find_spec(self, name, *_):
        if name.partition(".")[0] in ("keras", "tf_keras", "colorizer_tf"):
            return importlib.machinery.ModuleSpec(name, self, origin="/nowhere/__init__.py")

    def create_module(self, spec):
        raise ModuleNotFoundError(spec.name)

    exec_module = create_module

sys.meta_path.insert(0, Blocker())
"""
