"""Training images a second of three designs at 96 and 128 px, and their share of the matrix peak.

Whole steps of `fit` on one batch in memory: forward, loss, backward, optimizer. The peak is a plain
`tf.matmul` of 2048 x 2048 in float32 in the same run; a step counts as three times the operations
of the forward pass. bfloat16 (`--precision mixed_bfloat16`) runs where the processor has such
instructions; "bfloat16_in_processor" says whether. Processor seconds of all threads: rates are per
core, and other programs on the machine count little.
"""

import time
from pathlib import Path
from typing import Any

from frame import benchmark

from colorizer_tf.base.startup import load_tensorflow

BATCH = 32
SIDE = 2048
DESIGNS = {
    "plain": {"encoder": "plain", "widths": (32, 64, 128, 256, 384), "ab_stride": 2},
    "lite0": {"encoder": "efficientnet-lite0"},
    "lite2": {"encoder": "efficientnet-lite2"},
}


def measure(
    steps: int = 3, sizes: tuple[int, ...] = (96, 128), bfloat16: bool = True
) -> dict[str, Any]:
    """Images a second and core, and shares."""
    load_tensorflow()
    has_bfloat16 = any(name in Path("/proc/cpuinfo").read_text() for name in ("bf16", "amx"))
    peak = peak_flops()
    figures: dict[str, Any] = {
        "bfloat16_in_processor": int(has_bfloat16),
        "peak_gflops": peak / 1e9,
    }
    for precision in ("float32", "mixed_bfloat16")[: 1 + (bfloat16 and has_bfloat16)]:
        for design in DESIGNS:
            for size in sizes:
                rate, flops = images_per_second(design, size, precision, steps)
                name = f"{design} {size} {precision.removeprefix('mixed_')}"
                figures[name] = {"images_per_second": rate, "share": 3 * flops * rate / peak}
    return figures


def peak_flops() -> float:
    """Operations of a matrix product a second and core."""
    import tensorflow as tf

    a = tf.random.normal((SIDE, SIDE))
    tf.matmul(a, a)
    start, times = time.process_time(), 10
    for _ in range(times):
        tf.matmul(a, a).numpy()
    return 2 * SIDE**3 * times / (time.process_time() - start)


def images_per_second(design: str, size: int, precision: str, steps: int) -> tuple[float, float]:
    """Images a second and core, and the operations of a forward pass of one image."""
    import keras
    import tensorflow as tf

    from colorizer_tf import TrainConfig
    from colorizer_tf.models.registry import build_model, model_class

    keras.backend.clear_session()
    # Clearing forgets it.
    keras.config.set_dtype_policy(precision)
    keras.utils.set_random_seed(0)
    settings = {"size": size, "batch_size": BATCH, "pretrained": False, **DESIGNS[design]}
    config = model_class("cnn").complete(TrainConfig(**settings))
    model = build_model(config, 100)
    lightness = tf.random.uniform((BATCH, size, size, 1), -1, 1)
    batch = (lightness, tf.random.uniform((BATCH, size, size, 2), -0.3, 0.3))
    data = tf.data.Dataset.from_tensors(batch).repeat()
    model.fit(data, steps_per_epoch=2, verbose=0, shuffle=False)
    start = time.process_time()
    model.fit(data, steps_per_epoch=steps, verbose=0, shuffle=False)
    return BATCH * steps / (time.process_time() - start), forward_flops(model.network, size)


def forward_flops(network: Any, size: int) -> float:
    """Operations of a forward pass of one image."""
    import tensorflow as tf

    profiler = tf.compat.v1.profiler
    options = profiler.ProfileOptionBuilder.float_operation()
    options["output"] = "none"
    forward = tf.function(lambda x: network(x, training=False))
    traced = forward.get_concrete_function(tf.TensorSpec((1, size, size, 1)))
    return float(profiler.profile(traced.graph, options=options).total_float_ops)


if __name__ == "__main__":
    benchmark(measure)
