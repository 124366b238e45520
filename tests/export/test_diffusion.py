"""A diffusion model with labels, exported: its signatures and both runtimes give the same draws."""

import numpy as np
import pytest
import tensorflow as tf

from colorizer_tf import Colorizer
from colorizer_tf.base.errors import UsageError
from colorizer_tf.export.options import ExportOptions
from colorizer_tf.export.saved_model import export_network
from colorizer_tf.networks import denoiser, unet

LABELS = ("beach", "forest")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    network = unet((8,), head="classes", ab_stride=2, norm="none")
    drawn = denoiser(8, (8, 8), labels=len(LABELS))
    rng = np.random.default_rng(0)
    for variable in (*network.trainable_variables, *drawn.trainable_variables):
        variable.assign(rng.normal(0, 0.2, variable.shape))
    return export_network(
        network,
        4,
        tmp_path_factory.mktemp("models") / "labeled",
        size=24,
        ab_stride=2,
        denoiser=drawn,
        labels=LABELS,
        options=ExportOptions(weights="float16"),
    )


@pytest.fixture(scope="module")
def lightness():
    return np.random.default_rng(1).uniform(0, 100, (1, 18, 26, 1)).astype(np.float32)


def test_both_runtimes_draw_what_the_signature_draws(folder, lightness):
    asked = {"seed": 3, "steps": 4, "guidance": 1.5}
    signature = tf.saved_model.load(str(folder)).signatures["sample_ab"]

    def drawn(label, **changes):
        numbers = {
            name: tf.constant(value, tf.float32 if name == "guidance" else tf.int32)
            for name, value in (asked | {"label": label} | changes).items()
        }
        return signature(lightness=lightness, **numbers)["ab"].numpy()

    expected = drawn(2)
    for runtime in ("onnx", "tensorflow"):
        found = Colorizer(folder, runtime=runtime, label="forest", **asked).predict_ab(lightness)
        np.testing.assert_allclose(found, expected, atol=0.05)
    others = [drawn(1), drawn(0), drawn(2, seed=4), drawn(2, steps=5), drawn(2, guidance=1.0)]
    assert all(np.abs(other - expected).max() > 0.5 for other in others)


def test_plain_predictions_are_draws_of_the_seed_0_in_the_model_s_steps(folder, lightness):
    colorizer = Colorizer(folder, runtime="onnx")
    facts = colorizer.info["diffusion"]
    assert (colorizer.request.steps, facts["steps"], facts["guidance"]) == (5, 5, 1.25)
    signature = tf.saved_model.load(str(folder)).signatures["predict_ab"]
    expected = signature(lightness=lightness)["ab"].numpy()
    np.testing.assert_allclose(colorizer.predict_ab(lightness), expected, atol=0.05)
    with pytest.raises(UsageError, match="expected one of beach, forest"):
        Colorizer(folder, label="city")
