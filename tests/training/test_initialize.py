"""A run that starts from a run, from an exported model, or from one by its name."""

import dataclasses
import json
import shutil

import numpy as np
import pytest

from colorizer_tf import ColorizerError, TrainConfig, export_run
from colorizer_tf.export.options import ExportOptions
from colorizer_tf.models.registry import build_model
from colorizer_tf.networks.weight_names import named_weights
from colorizer_tf.training import completion
from colorizer_tf.training.checkpoint import save_checkpoint
from colorizer_tf.training.completion import complete
from colorizer_tf.training.initialize import initialize
from colorizer_tf.training.run_folder import RunFolder

ONE_MACHINE = (0, 1)


@pytest.fixture(scope="module")
def source(record_set, tmp_path_factory):
    """A run of a network with random weights, as training leaves it."""
    own = TrainConfig(records=str(record_set), widths=(8, 8, 16), blocks=2, ema=0.0)
    config = complete(own, ONE_MACHINE)
    model = build_model(config, 10)
    rng = np.random.default_rng(0)
    for variable in model.network.trainable_variables:
        variable.assign(rng.normal(0, 0.2, variable.shape))
    folder = RunFolder(tmp_path_factory.mktemp("runs") / "source")
    folder.create(config)
    save_checkpoint(model, folder.best, {"step": 0})
    return folder, model


def start_from(init_from, record_set, **changes):
    config = TrainConfig(records=str(record_set), init_from=str(init_from), **changes)
    config = complete(config, ONE_MACHINE)
    model = build_model(config, 10)
    initialize(model, config)
    return config, model


@pytest.fixture(scope="module")
def exported(source, tmp_path_factory):
    """A folder with models of the source, as `export` writes them."""
    models = tmp_path_factory.mktemp("exports") / "savedmodels"
    for weights in ("float32", "float16"):
        options = ExportOptions(formats=("savedmodel",), weights=weights)
        export_run(source[0].path, models / weights, options=options)
    return models.parent


@pytest.mark.parametrize("kind", ["run", "float32", "float16", "name"])
def test_design_and_weights_come_from_the_source(kind, source, exported, record_set, monkeypatch):
    folder, theirs = source
    init_from = folder.path if kind == "run" else exported / "savedmodels" / kind
    if kind == "name":
        monkeypatch.chdir(exported)
        init_from = "float32"
    config, ours = start_from(init_from, record_set)
    assert (config.widths, config.blocks, config.encoder) == ((8, 8, 16), 2, "plain")
    assert (config.loss, config.learning_rate) == ("classes", 2e-4)
    expected = named_weights(theirs.network)
    for name, variable in named_weights(ours.network).items():
        tolerance = 2e-3 if kind == "float16" else 0
        np.testing.assert_allclose(variable, expected[name], rtol=tolerance, atol=tolerance)


def test_a_gan_starts_from_a_cnn(source, record_set):
    config, model = start_from(source[0], record_set, model="gan", discriminator_widths=(8,))
    assert config.widths == (8, 8, 16)
    kernel = model.generator.get_layer("color_logits").kernel
    np.testing.assert_array_equal(kernel, source[1].network.get_layer("color_logits").kernel)


def test_a_network_that_predicts_ab_keeps_a_loss_of_ab(exported_run, record_set):
    assert start_from(exported_run("float32"), record_set)[0].loss == "perceptual"


@pytest.mark.parametrize(
    ("init_from", "message"),
    [
        ("nowhere", r"--init-from nowhere: no model called 'nowhere'"),
        ("empty", r"--init-from .*empty: .* no model"),
        ("unfinished", r"--init-from .*unfinished: .*holds no best\.keras"),
        ("foreign", r"--init-from .*foreign: .*export its run again"),
    ],
)
def test_what_is_no_source_is_named(init_from, message, source, record_set, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    shutil.copytree(source[0].path, tmp_path / "unfinished")
    (tmp_path / "unfinished" / "best.keras").unlink()
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "model.json").write_text(json.dumps({"format_version": 1, "size": 32}))
    with pytest.raises(ColorizerError, match=message):
        start_from(init_from, record_set)


def test_another_network_is_refused_with_the_weight_that_differs(source, record_set):
    message = r"its network is another one \(weight .*leave out what sets the network"
    with pytest.raises(ColorizerError, match=message):
        start_from(source[0], record_set, widths=(8, 8, 8))


def test_steps_size_and_averages_follow_from_the_records(record_set, tiny_config):
    config = complete(TrainConfig(records=str(record_set), batch_size=2), ONE_MACHINE)
    assert (config.size, config.epochs) == (32, 10)
    assert 15 <= config.steps_per_epoch <= 20
    assert config.ema == pytest.approx(1 - 20 / (10 * config.steps_per_epoch))
    assert complete(tiny_config, ONE_MACHINE).ema == 0
    with pytest.raises(ColorizerError, match="size: received 20, expected a multiple of 8"):
        complete(dataclasses.replace(tiny_config, widths=(4, 4, 4), size=20), ONE_MACHINE)


def test_fine_tuning_goes_on_at_the_size_of_the_source(source, exported, record_set, monkeypatch):
    monkeypatch.setattr(completion, "SIZE", 16)
    own = TrainConfig(records=str(record_set), widths=(8, 8, 16))
    assert complete(own, ONE_MACHINE).size == 16
    for init_from in (source[0].path, exported / "savedmodels" / "float16"):
        config = dataclasses.replace(own, init_from=str(init_from))
        assert complete(config, ONE_MACHINE).size == 32
        assert complete(dataclasses.replace(config, size=24), ONE_MACHINE).size == 24
