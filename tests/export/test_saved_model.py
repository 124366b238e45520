"""The SavedModel: against the Keras network it comes from, and on its own."""

import dataclasses
import io
import json
import shutil
from pathlib import Path

import keras
import numpy as np
import pytest
import skimage.color
import tensorflow as tf
from PIL import Image

from colorizer_tf.base.errors import ColorizerError, UsageError
from colorizer_tf.export import saved_model as saved_model_module
from colorizer_tf.export.options import ExportOptions
from colorizer_tf.export.saved_model import export_network, export_run
from colorizer_tf.models.options import TrainConfig
from colorizer_tf.training.checkpoint import save_checkpoint

# Of no other format than the one that is looked at: half of an export is the ONNX file.
PLAIN = ExportOptions(formats=("savedmodel",))
REPLACING = ExportOptions(formats=("savedmodel",), overwrite=True)

ALONE = """
import numpy as np, tensorflow as tf

signatures = tf.saved_model.load(arguments[0]).signatures
rng = np.random.default_rng(0)
for shape in [(1, 1, 1, 3), (1, 3, 1000, 3), (1, 301, 451, 1), (3, 9, 14, 1), (2, 40, 30, 3)]:
    image = rng.integers(0, 256, shape, np.uint8)
    colored = signatures["colorize"](image=tf.constant(image))["image"]
    assert colored.shape == (*shape[:3], 3) and colored.dtype == tf.uint8, colored
    lightness = rng.uniform(0, 100, (*shape[:3], 1)).astype("float32")
    ab = signatures["predict_ab"](lightness=tf.constant(lightness))["ab"]
    assert ab.shape == (*shape[:3], 2) and np.isfinite(ab).all(), ab
    encoded = [tf.io.encode_png(photo) for photo in image]
    pngs = signatures["colorize_bytes"](encoded=tf.stack(encoded))["png_bytes"]
    for png, expected in zip(pngs, colored.numpy().astype(int)):
        # Sums over one photo and over a batch of them may be rounded differently.
        assert abs(tf.io.decode_png(png).numpy() - expected).max() <= 1
"""


@pytest.fixture(scope="module")
def signatures(saved_model):
    loaded = tf.saved_model.load(str(saved_model))
    # The signatures alone would let the variables go.
    yield loaded.signatures


@pytest.mark.parametrize("weights", ["float32", "float16"])
def test_runs_where_keras_and_this_package_cannot_be_imported(alone, exported_run, weights):
    alone.run(ALONE, exported_run(weights))


def test_predict_ab_is_the_network_s_where_the_stride_divides(signatures, wild_network, rng):
    lightness = rng.uniform(0, 100, (2, 16, 24, 1)).astype("float32")
    expected = 128 * wild_network(lightness / 50 - 1).numpy()
    ab = signatures["predict_ab"](lightness=tf.constant(lightness))["ab"]
    np.testing.assert_allclose(ab, expected, atol=1e-3)


@pytest.mark.parametrize("shape", [(1, 1), (2, 9), (17, 5)])
def test_other_sizes_are_reflected_as_numpy_does(signatures, wild_network, rng, shape):
    lightness = rng.uniform(0, 100, shape).astype("float32")
    pads = [(0, -side % 4) for side in shape]
    padded = np.pad(lightness, pads, "reflect")[None, ..., None]
    expected = 128 * wild_network(padded / 50 - 1).numpy()[:, : shape[0], : shape[1]]
    ab = signatures["predict_ab"](lightness=tf.constant(lightness[None, ..., None]))["ab"]
    np.testing.assert_allclose(ab, expected, atol=1e-3)


def test_colorize_keeps_lightness_of_wild_colors(signatures, rng):
    image = rng.integers(0, 256, (1, 90, 130, 3), np.uint8)
    colored = signatures["colorize"](image=tf.constant(image))["image"].numpy()
    before, after = (skimage.color.rgb2lab(each) for each in (image, colored))
    drift = np.abs(before[..., 0] - after[..., 0])
    assert drift.mean() < 0.1
    assert drift.max() < 1.0
    assert np.hypot(after[..., 1], after[..., 2]).mean() > 10


def encoded(pixels, mode):
    buffer = io.BytesIO()
    Image.fromarray(pixels, mode).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.filterwarnings("ignore:'mode' parameter is deprecated")
@pytest.mark.parametrize(("mode", "channels"), [("LA", 2), ("RGBA", 4)])
def test_colorize_bytes_puts_alpha_over_white(signatures, rng, mode, channels):
    pixels = rng.integers(0, 256, (12, 20, channels), np.uint8)
    alpha = pixels[..., -1:] / 255
    opaque = np.rint(pixels[..., :-1] * alpha + 255 * (1 - alpha)).astype(np.uint8)
    png = signatures["colorize_bytes"](encoded=tf.constant([encoded(pixels, mode)]))["png_bytes"]
    expected = signatures["colorize"](image=tf.constant(opaque[None]))["image"].numpy()[0]
    result = np.asarray(Image.open(io.BytesIO(png.numpy()[0])))
    np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize("data", [b"", b"no picture", b"\x89PNG\r\n\x1a\n" + b"\0" * 64])
def test_garbage_bytes_are_an_error(signatures, data):
    with pytest.raises(tf.errors.InvalidArgumentError):
        signatures["colorize_bytes"](encoded=tf.constant([data]))


@pytest.mark.parametrize("shape", [(1, 8, 8, 2), (1, 8, 8, 4), (1, 0, 8, 3), (1, 8, 8, 0)])
def test_images_of_other_shapes_are_an_error(signatures, shape):
    with pytest.raises(tf.errors.InvalidArgumentError):
        signatures["colorize"](image=tf.zeros(shape, tf.uint8))


def mixed_network():
    lightness = keras.Input((None, None, 1))
    x = keras.layers.Conv2D(8, 3, 2, "same", dtype="mixed_bfloat16", activation="relu")(lightness)
    x = keras.layers.BatchNormalization(dtype="mixed_bfloat16")(x)
    x = keras.layers.UpSampling2D(2, dtype="mixed_bfloat16")(x)
    return keras.Model(lightness, keras.layers.Conv2D(2, 1, dtype="float32")(x))


def test_arithmetic_is_float32_after_mixed_precision(tmp_path, rng):
    network = mixed_network()
    loaded = tf.saved_model.load(
        str(export_network(network, 2, tmp_path / "m", size=16, options=PLAIN))
    )
    lightness = rng.uniform(0, 100, (1, 8, 8, 1)).astype("float32")
    ab = loaded.signatures["predict_ab"](lightness=tf.constant(lightness))["ab"]
    kernel, bias, gamma, beta, mean, variance, kernel_out, bias_out = network.get_weights()
    x = tf.nn.relu(tf.nn.conv2d(lightness / 50 - 1, kernel, 2, "SAME") + bias)
    x = gamma * (x - mean) / np.sqrt(variance + 1e-3) + beta
    x = np.repeat(np.repeat(x, 2, 1), 2, 2)
    expected = 128 * (tf.nn.conv2d(x, kernel_out, 1, "SAME") + bias_out)
    np.testing.assert_allclose(ab, expected, atol=1e-3)


def test_a_model_is_replaced_only_where_asked(saved_model, wild_network, tmp_path):
    out = shutil.copytree(saved_model, tmp_path / "model")
    with pytest.raises(ColorizerError, match="--overwrite"):
        export_network(wild_network, 4, out, size=16)
    assert json.loads((out / "model.json").read_text())["size"] == 32
    export_network(wild_network, 4, out, size=16, options=REPLACING)
    assert json.loads((out / "model.json").read_text())["size"] == 16
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_folder_of_something_else_is_never_replaced(wild_network, tmp_path):
    precious = tmp_path / "photos" / "mother.jpg"
    precious.parent.mkdir()
    precious.write_text("precious")
    with pytest.raises(ColorizerError, match="not a SavedModel"):
        export_network(wild_network, 4, precious.parent, size=16, options=REPLACING)
    assert precious.read_text() == "precious"


def test_a_failed_export_leaves_what_was_there(saved_model, wild_network, tmp_path, monkeypatch):
    out = shutil.copytree(saved_model, tmp_path / "model")

    def disk_full(*_, **__):
        raise OSError("No space left on device")

    monkeypatch.setattr(tf.saved_model, "save", disk_full)
    with pytest.raises(ColorizerError, match="No space"):
        export_network(wild_network, 4, out, size=16, options=REPLACING)
    assert json.loads((out / "model.json").read_text())["size"] == 32
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_run_is_exported_with_what_is_known_of_it(run_folder, tmp_path, rng):
    out = export_run(run_folder, tmp_path / "savedmodels" / "flowers-cnn")
    text = (out / "model.json").read_text()
    assert str(tmp_path) not in text
    info = json.loads(text)
    assert info["name"] == "flowers-cnn"
    assert (info["kind"], info["size"], info["stride"]) == ("cnn", 48, 4)
    assert info["trained_on"] == {
        "records": "flowers", "counts": {"train": 90, "valid": 10}, "mean_ab": [2, 7]
    }  # fmt: skip
    assert info["metrics"] == {
        "epoch": 2, "val_delta_e": 10.0, "val_psnr": 22.0, "gray_delta_e": 13.0
    }  # fmt: skip
    assert info["git_revision"] == "abc123"
    assert info["license"] == "Apache-2.0"
    assert info["versions"]["tensorflow"] == tf.__version__
    model = keras.saving.load_model(run_folder / "best.keras")
    lightness = rng.uniform(0, 100, (1, 12, 8, 1)).astype("float32")
    ab = tf.saved_model.load(str(out)).signatures["predict_ab"](lightness=lightness)["ab"]
    np.testing.assert_allclose(ab, model.predict_ab(lightness), atol=1e-3)


@pytest.mark.parametrize(("gray", "said"), [(13.0, False), (9.0, True)])
def test_a_model_worse_than_gray_is_said_to_be_so(
    run_folder, tmp_path, caplog, monkeypatch, gray, said
):
    # What is said is said before.
    monkeypatch.setattr(saved_model_module, "export_network", lambda *_, **__: None)
    history = json.loads((run_folder / "history.json").read_text())
    rows = [row | {"gray_delta_e": gray} for row in history]
    (run_folder / "history.json").write_text(json.dumps(rows))
    export_run(run_folder, tmp_path / "m", options=PLAIN)
    assert ("worse than leaving photos gray: CIEDE2000 10.00" in caplog.text) == said


def test_the_scale_is_that_of_the_run_else_of_the_records_else_as_asked(run_folder, tmp_path):
    config = json.loads((run_folder / "config.json").read_text()) | {"size": None}
    (run_folder / "config.json").write_text(json.dumps(config))
    info = json.loads(
        (export_run(run_folder, tmp_path / "a", options=PLAIN) / "model.json").read_text()
    )
    assert (info["size"], info["trained_at"]) == (56, 56)
    out = export_run(run_folder, tmp_path / "b", size=72, options=PLAIN)
    info = json.loads((out / "model.json").read_text())
    assert (info["size"], info["trained_at"]) == (72, 56)


def test_a_temperature_makes_a_network_with_classes_livelier(tmp_path, rng):
    from colorizer_tf.models.registry import build_model

    config = TrainConfig(
        widths=(4, 8), ab_stride=2, loss="classes", precision="float32", validation_temperature=1.0
    )
    model = build_model(config, 10)
    kernel = model.network.get_layer("color_logits").kernel
    kernel.assign(rng.normal(0, 0.3, kernel.shape))
    run = tmp_path / "run"
    run.mkdir()
    save_checkpoint(model, run / "best.keras", {"step": 0})
    (run / "config.json").write_text(json.dumps(dataclasses.asdict(config)))
    lightness = tf.constant(rng.uniform(0, 100, (1, 16, 16, 1)), tf.float32)
    chroma, infos = [], []
    for temperature in (None, 0.3):
        out = tmp_path / f"at-{temperature}"
        options = ExportOptions(formats=("savedmodel",), temperature=temperature)
        export_run(run, out, size=16, options=options)
        ab = tf.saved_model.load(str(out)).signatures["predict_ab"](lightness=lightness)["ab"]
        chroma.append(float(tf.reduce_mean(tf.norm(ab, axis=-1))))
        infos.append(json.loads((out / "model.json").read_text()))
    assert chroma[1] > 1.2 * chroma[0] > 0
    assert [info["temperature"] for info in infos] == [1.0, 0.3]
    assert infos[0]["weights_sha256"] != infos[1]["weights_sha256"]


@pytest.mark.parametrize("name", ["temperature", "chroma_gain"])
def test_a_temperature_and_a_gain_need_classes(run_folder, tmp_path, name):
    with pytest.raises(
        UsageError, match=rf"{name}: received 0\.5, expected none: .* --loss classes"
    ):
        export_run(run_folder, tmp_path / "m", options=ExportOptions(**{name: 0.5}))
    assert not (tmp_path / "m").exists()


def test_averaged_weights_are_the_ones_exported(run_folder, tmp_path):
    model = keras.saving.load_model(run_folder / "best.keras")
    optimizer = keras.optimizers.SGD(0.0, use_ema=True, ema_momentum=0.5)
    model.compile(optimizer=optimizer)
    variables = model.network.trainable_variables
    optimizer.build(variables)
    # Averages count from the first step on.
    optimizer.iterations.assign(1)
    averages = [np.zeros(v.shape, "float32") for v in variables]
    for average, value in zip(optimizer._model_variables_moving_average, averages, strict=True):
        average.assign(value)
    save_checkpoint(model, run_folder / "best.keras", {"step": 20})
    loaded = tf.saved_model.load(str(export_run(run_folder, tmp_path / "averaged", options=PLAIN)))
    ab = loaded.signatures["predict_ab"](lightness=tf.fill([1, 8, 8, 1], 70.0))["ab"]
    np.testing.assert_array_equal(ab, 0)


def test_a_run_without_a_model_says_how_to_get_one(run_folder, tmp_path):
    (run_folder / "best.keras").unlink()
    with pytest.raises(ColorizerError, match="--resume"):
        export_run(run_folder, tmp_path / "out")
    with pytest.raises(ColorizerError, match=r"config\.json.*colorizer-tf train"):
        export_run(tmp_path / "nowhere", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_damaged_model_file_is_named(run_folder, tmp_path):
    (run_folder / "best.keras").write_bytes(b"not a zip")
    with pytest.raises(ColorizerError, match=r"best\.keras cannot be loaded"):
        export_run(run_folder, tmp_path / "out")


def test_the_load_example_of_the_readme_runs(saved_model, tmp_path, rng, monkeypatch):
    readme = Path(__file__).parents[2] / "savedmodels" / "README.md"
    example = readme.read_text().partition("```python\n")[2].partition("```")[0]
    (tmp_path / "savedmodels").mkdir()
    (tmp_path / "savedmodels" / "NAME").symlink_to(saved_model)
    Image.fromarray(rng.integers(0, 256, (10, 15, 3), np.uint8)).save(tmp_path / "photo.jpg")
    monkeypatch.chdir(tmp_path)
    exec(example, {})
    with Image.open(tmp_path / "photo_colorized.png") as colored:
        assert colored.size == (15, 10)
