"""Export of a network with color classes, compared on photos, against Keras's own two exports.

Ours writes a SavedModel with its signatures and an ONNX file, runs both and compares their colors;
Keras's `export` writes a SavedModel with one signature, then an ONNX file. They take turns in one
process, after the imports.
"""

from pathlib import Path
from typing import Any

from frame import benchmark, medians, ratio, turns


def measure(folder: Path, rounds: int = 3) -> dict[str, Any]:
    """Seconds of both, in turns."""
    from colorizer_tf.base.startup import load_tensorflow

    load_tensorflow()
    import tf2onnx  # noqa: F401 - imported here, so that neither side pays for it

    from colorizer_tf.export.options import ExportOptions
    from colorizer_tf.export.saved_model import export_network
    from colorizer_tf.networks import unet

    network = unet(head="classes", ab_stride=4)
    options = ExportOptions(weights="float16", overwrite=True)

    def ours() -> None:
        export_network(network, 32, folder / "ours", size=128, ab_stride=4, options=options)

    def keras() -> None:
        network.export(str(folder / "keras"), verbose=False)
        network.export(str(folder / "keras.onnx"), format="onnx", verbose=False)

    times = turns({"ours": ours, "keras": keras}, rounds)
    seconds = medians(times)
    return {
        "seconds": seconds["ours"],
        "keras_seconds": seconds["keras"],
        "ratio": ratio(times, "ours", "keras"),
    }


if __name__ == "__main__":
    benchmark(measure, asked={"seconds": "<= 20"})
