"""The design that a model has by default: that of the models that ship."""

import importlib.util
import json
from pathlib import Path

import pytest

from colorizer_tf import TrainConfig
from colorizer_tf.models.registry import model_class

ROOT = Path(__file__).parents[2]


def installed(monkeypatch, *, there):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: object() if there else None)


def complete(**settings):
    return model_class("cnn").complete(TrainConfig(**settings))


@pytest.mark.parametrize("name", ["cnn", "gan"])
def test_it_is_that_of_the_models_that_ship(name, monkeypatch):
    installed(monkeypatch, there=True)
    shipped = json.loads((ROOT / "savedmodels" / name / "model.json").read_text("utf-8"))["network"]
    ours = model_class(name)
    settings = ours.network_settings(ours.complete(TrainConfig(model=name)))
    chosen = {"temperature"}
    assert {k: v for k, v in settings.items() if k not in chosen} == {
        k: v for k, v in shipped.items() if k not in chosen
    }


def test_without_the_weights_it_is_a_plain_one(monkeypatch):
    installed(monkeypatch, there=False)
    config = complete()
    assert (config.encoder, len(config.widths), config.ab_stride) == ("plain", 5, 4)


def test_widths_alone_are_those_of_a_plain_u_net(monkeypatch):
    installed(monkeypatch, there=True)
    config = complete(widths=(8,))
    assert (config.encoder, config.widths, config.ab_stride) == ("plain", (8,), 2)
    assert complete(widths=(8,) * 5, encoder="efficientnet-lite0").encoder == "efficientnet-lite0"
    assert complete(encoder="plain").widths == (24, 48, 96, 192, 256)
