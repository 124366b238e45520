"""ONNX and LiteRT files, float16 weights: run by their own runtimes, against the SavedModel."""

import functools
import importlib
import json
import sys
from pathlib import Path

import keras
import numpy as np
import onnx
import onnxruntime
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.cli.main import main
from colorizer_tf.export.options import ExportOptions
from colorizer_tf.export.saved_model import export_network
from colorizer_tf.inference import model_json
from colorizer_tf.inference.request import PredictionRequest
from colorizer_tf.networks import unet
from colorizer_tf.training.checkpoint import read_progress, save_checkpoint
from tests.export.formats.networks import calm_network


def export(out, net=None, size=32, stride=2, **options):
    return export_network(
        net or calm_network(),
        stride,
        out,
        size=size,
        options=ExportOptions(**options),
        facts={"kind": "t"},
    )


def smooth(rng, height, width):
    coarse = tf.constant(rng.uniform(10, 90, (1, 5, 6, 1)), tf.float32)
    return tf.image.resize(coarse, (height, width), "bilinear").numpy()


@pytest.fixture(scope="module")
def all_formats(record_set, tmp_path_factory):
    out = tmp_path_factory.mktemp("models") / "all"
    formats = ("savedmodel", "onnx", "litert")
    return export(out, formats=formats, litert_sizes=(24, 32), calibrate=str(record_set))


loaded = functools.cache(lambda folder: tf.saved_model.load(str(folder)))


def saved_ab(folder, lightness):
    predict_ab = loaded(folder).signatures["predict_ab"]
    return predict_ab(lightness=tf.constant(lightness))["ab"].numpy()


@pytest.mark.parametrize(("kind", "mean"), [("float16", 0.05), ("int8", 1.5)])
@pytest.mark.parametrize("side", [24, 32])
def test_litert_files_give_the_savedmodel_s_colors(all_formats, rng, kind, mean, side):
    lightness = smooth(rng, side, side)
    interpreter = Interpreter(str(all_formats / f"model-{side}-{kind}.tflite"))
    interpreter.allocate_tensors()
    (given,), (taken,) = interpreter.get_output_details(), interpreter.get_input_details()
    assert taken["dtype"] == given["dtype"] == np.float32
    interpreter.set_tensor(taken["index"], lightness)
    interpreter.invoke()
    found = interpreter.get_tensor(given["index"])
    expected = saved_ab(all_formats, lightness)
    assert np.abs(expected).mean() > 5
    assert np.abs(found - expected).mean() < mean


def test_int8_computes_in_int8_and_is_half_of_float16(all_formats):
    interpreter = Interpreter(str(all_formats / "model-32-int8.tflite"))
    kinds = {each["dtype"] for each in interpreter.get_tensor_details() if each["shape"].size == 4}
    assert np.int8 in kinds
    sizes = [
        (all_formats / f"model-32-{kind}.tflite").stat().st_size for kind in ("int8", "float16")
    ]
    assert sizes[0] < 0.65 * sizes[1]


def test_the_litert_example_of_the_docs_runs(all_formats, tmp_path, monkeypatch):
    page = (Path(__file__).parents[3] / "docs" / "deploy.md").read_text("utf-8")
    example = page.partition("## LiteRT")[2].partition("```python\n")[2].partition("```")[0]
    (tmp_path / "savedmodels").mkdir()
    (tmp_path / "savedmodels" / "NAME").symlink_to(all_formats)
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(example.replace("128", "32"), names)
    expected = saved_ab(all_formats, np.full((1, 32, 32, 1), 50, "float32"))
    np.testing.assert_allclose(names["ab"], expected, atol=2)


def test_model_json_holds_the_table(all_formats):
    info = json.loads((all_formats / "model.json").read_text())
    assert [entry["name"] for entry in info["formats"]] == [
        *("savedmodel", "onnx"),
        *("litert 24 float16", "litert 24 int8", "litert 32 float16", "litert 32 int8"),
    ]
    for entry in info["formats"]:
        path = all_formats / entry["file"]
        assert entry["bytes"] >= path.stat().st_size
        assert 0 <= entry["delta_e_mean"] <= entry["tolerance"]
        assert entry["delta_e_max"] >= entry["delta_e_mean"]
    assert "photos of set" in info["compared_on"]


def test_a_distribution_of_color_exports(tmp_path, rng):
    keras.utils.set_random_seed(0)
    net = unet((8, 16), head="classes", temperature=0.5)
    kernel = net.get_layer("color_logits").kernel
    kernel.assign(rng.normal(0, 0.5, kernel.shape))
    folder = export(tmp_path / "model", net, stride=4, formats=("savedmodel", "onnx"))
    session = onnxruntime.InferenceSession(folder / "model.onnx")
    lightness = smooth(rng, 32, 32)
    (found,) = session.run(["ab"], {session.get_inputs()[0].name: lightness})
    expected = saved_ab(folder, lightness)
    assert expected.std() > 1
    np.testing.assert_allclose(found, expected, atol=1e-3)


def test_colors_alone_make_the_identity_and_not_what_was_measured(all_formats, tmp_path):
    again = export(tmp_path / all_formats.name, formats=("savedmodel",))
    infos = [model_json.read_info(folder) for folder in (all_formats, again)]
    assert infos[0]["formats"] != infos[1]["formats"]
    request = PredictionRequest()
    assert request.identity(infos[0]) == request.identity(infos[1])


def weight_bytes(folder):
    return sum(path.stat().st_size for path in (folder / "variables").iterdir())


@pytest.fixture(scope="module")
def halved(tmp_path_factory):
    return export(tmp_path_factory.mktemp("models") / "halved", weights="float16")


def test_float16_halves_the_files(all_formats, halved):
    assert weight_bytes(halved) < 0.55 * weight_bytes(all_formats)
    sizes = [(folder / "model.onnx").stat().st_size for folder in (halved, all_formats)]
    assert sizes[0] < 0.55 * sizes[1]
    info = json.loads((halved / "model.json").read_text())
    assert info["weights"] == "float16"


def test_float16_colors_are_those_of_float32(all_formats, halved, rng):
    lightness = smooth(rng, 21, 34)
    expected = saved_ab(all_formats, lightness)
    np.testing.assert_allclose(saved_ab(halved, lightness), expected, atol=0.1)
    session = onnxruntime.InferenceSession(halved / "model.onnx")
    (found,) = session.run(["ab"], {"lightness": lightness})
    np.testing.assert_allclose(found, expected, atol=0.1)
    assert found.dtype == np.float32


def test_float16_weights_are_computed_with_in_float32(halved):
    graph = onnx.load(halved / "model.onnx").graph
    kinds = {tensor.name: tensor.data_type for tensor in graph.initializer}
    halves = {name for name, kind in kinds.items() if kind == onnx.TensorProto.FLOAT16}
    assert len(halves) >= 3
    for node in graph.node:
        if halves & set(node.input):
            assert node.op_type == "Cast"
            assert node.attribute[0].i == onnx.TensorProto.FLOAT


def test_weights_beyond_float16_stay_as_they_are(tmp_path, rng):
    lightness = keras.Input((None, None, 1))
    large = keras.layers.Conv2D(128, 1, kernel_initializer=keras.initializers.Constant(1e5))
    small = keras.layers.Conv2D(2, 1, kernel_initializer=keras.initializers.Constant(1e-5))
    out = export(tmp_path / "m", keras.Model(lightness, small(large(lightness))), weights="float16")
    level = smooth(rng, 8, 8)
    expected = 128 * 128 * (level / 50 - 1)
    session = onnxruntime.InferenceSession(out / "model.onnx")
    for ab in (saved_ab(out, level), session.run(["ab"], {"lightness": level})[0]):
        np.testing.assert_allclose(ab, np.repeat(expected, 2, -1), rtol=0.01, atol=0.1)


def test_a_bad_onnx_converter_is_found_out_and_leaves_nothing(tmp_path, monkeypatch):
    import tf2onnx

    real = tf2onnx.convert.from_function

    def bad(*args, **kwargs):
        model, storage = real(*args, **kwargs)
        kernel = next(each for each in model.graph.initializer if len(each.dims) == 4)
        wrong = 1.2 * onnx.numpy_helper.to_array(kernel)
        kernel.CopyFrom(onnx.numpy_helper.from_array(wrong, kernel.name))
        return model, storage

    monkeypatch.setattr(tf2onnx.convert, "from_function", bad)
    with pytest.raises(ColorizerError, match=r"ONNX.*differ by .* CIEDE2000"):
        export(tmp_path / "m")
    assert list(tmp_path.iterdir()) == []


def test_a_bad_litert_converter_is_found_out_and_leaves_nothing(
    all_formats, tmp_path, monkeypatch, record_set
):
    good = all_formats / "model-32-float16.tflite"
    monkeypatch.setattr(tf.lite.TFLiteConverter, "convert", lambda _: good.read_bytes())
    formats = ("savedmodel", "litert")
    # Its files hold another network's weights.
    with pytest.raises(ColorizerError, match=r"litert 32 float16.*expected at most 0\.1"):
        export(tmp_path / "m", calm_network(7), formats=formats, calibrate=str(record_set))
    assert list(tmp_path.iterdir()) == []


def test_without_litert_the_extra_is_named_at_once(tmp_path, monkeypatch, record_set):
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    monkeypatch.setattr(tf.saved_model, "save", lambda *_: pytest.fail("found out too late"))
    with pytest.raises(ColorizerError, match=r"pip install 'colorizer-tf\[litert\]'"):
        export(tmp_path / "m", formats=("savedmodel", "litert"), calibrate=str(record_set))
    assert importlib.import_module("colorizer_tf.inference.runtimes.litert")


def calm(run):
    """Colors as a trained network gives them: int8 holds no wild ones."""
    model = keras.saving.load_model(run / "best.keras")
    kernel = [each for each in model.network.trainable_variables if each.name == "kernel"][-1]
    kernel.assign(0.1 * kernel)
    save_checkpoint(model, run / "best.keras", read_progress(run / "best.keras"))


def command(run, out, *flags):
    return main(["export", str(run), "--out", str(out), *map(str, flags)])


@pytest.mark.slow
def test_the_command_prints_the_table(run_folder, record_set, tmp_path, capsys):
    calm(run_folder)
    flags = ["--formats", "savedmodel,onnx,litert", "--weights", "float16", "--size", 32]
    assert command(run_folder, tmp_path / "m", *flags, "--calibrate", record_set) == 0
    told = capsys.readouterr().out
    for name in ("savedmodel", "onnx", "litert 32 float16", "litert 32 int8"):
        assert f"\n{name} " in "\n" + told
    assert "photos of set" in told


def test_photos_that_are_gone(run_folder, tmp_path, capsys):
    config = json.loads((run_folder / "config.json").read_text())
    config["valid_records"] = str(tmp_path / "gone")
    (run_folder / "config.json").write_text(json.dumps(config))
    assert command(run_folder, tmp_path / "m", "--formats", "savedmodel,litert") == 1
    assert "--calibrate" in capsys.readouterr().err
    assert command(run_folder, tmp_path / "m", "--calibrate", tmp_path / "nowhere") == 1
    assert not (tmp_path / "m").exists()
    assert command(run_folder, tmp_path / "m", "--formats", "savedmodel") == 0
    assert "drawn pictures" in capsys.readouterr().out


@pytest.mark.parametrize(
    "wrong",
    [
        ["--formats", "onnx"],
        ["--formats", "savedmodel,caffe"],
        ["--formats", ""],
        ["--litert-sizes", "64"],
        ["--formats", "savedmodel,litert", "--litert-sizes", "0"],
        ["--web-runtime", "x.tgz"],
    ],
)
def test_wrong_usage(run_folder, tmp_path, wrong):
    assert command(run_folder, tmp_path / "m", *wrong) == 2
