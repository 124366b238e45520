"""Which devices and machines take part in a run, as a `tf.distribute.Strategy`."""

import json
import os
from typing import Any

import tensorflow as tf

from colorizer_tf.base.errors import UsageError
from colorizer_tf.models.options import TrainConfig

TF_CONFIG = "TF_CONFIG"


def read_worker() -> tuple[int, int]:
    """(index, count): which of how many machines this is, by the variable TF_CONFIG.

    Raises:
        UsageError: if TF_CONFIG is set and does not say.
    """
    text = os.environ.get(TF_CONFIG, "")
    if not text:
        return 0, 1
    try:
        settings = json.loads(text)
        cluster, task = settings["cluster"], settings["task"]
        # The order that TensorFlow counts them in.
        tasks = [
            (kind, i) for kind in ("chief", "worker") for i in range(len(cluster.get(kind, ())))
        ]
        return tasks.index((task["type"], int(task["index"]))), len(tasks)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UsageError(
            f"{TF_CONFIG}: received {text!r}, expected "
            '{"cluster": {"worker": ["host:port", ...]}, "task": {"type": "worker", "index": 0}} '
            "with this machine's index: see docs/distributed.md"
        ) from None


def build_strategy(config: TrainConfig) -> tf.distribute.Strategy:
    """A strategy over the config's devices, or over the machines of TF_CONFIG.

    With several machines it waits for all of them, and must come before anything else that
    TensorFlow is asked to do.

    Raises:
        UsageError: if a device is not there, or the batch cannot be split evenly.
    """
    strategy = _several_machines(config) if read_worker()[1] > 1 else _one_machine(config)
    replicas = strategy.num_replicas_in_sync
    if config.batch_size % replicas:
        raise UsageError(
            f"--batch-size {config.batch_size} cannot be split evenly over {replicas} devices"
        )
    return strategy


def _several_machines(config: TrainConfig) -> tf.distribute.Strategy:
    if config.devices == "cpu":
        tf.config.set_visible_devices([], "GPU")
    elif config.devices != "auto":
        raise UsageError(
            f"--devices: received {config.devices}, expected auto or cpu with {TF_CONFIG}; "
            f"the variable CUDA_VISIBLE_DEVICES chooses among a machine's GPUs"
        )
    return tf.distribute.MultiWorkerMirroredStrategy()


def _one_machine(config: TrainConfig) -> tf.distribute.Strategy:
    seen = {
        f"{d.device_type}:{d.name.rpartition(':')[2]}".lower()
        for d in tf.config.list_logical_devices()
        if d.device_type in ("CPU", "GPU")
    }
    best = sorted(d for d in seen if d.startswith("gpu")) or ["cpu:0"]
    if config.devices == "auto":
        chosen = best
    else:
        chosen = ["cpu:0" if d == "cpu" else d for d in config.devices.lower().split(",")]
    missing = [d for d in chosen if d not in seen]
    if missing:
        raise UsageError(
            f"--devices: no {', '.join(missing)} here; found: {', '.join(sorted(seen))}"
        )
    if chosen == best[:1]:
        # Where TensorFlow puts everything by itself: mirrored variables would only cost time.
        return tf.distribute.get_strategy()
    # On CPUs the sums go through one device: TensorFlow's collectives of two strategies in one
    # process would answer each other.
    on_cpu = all(device.startswith("cpu") for device in chosen)
    sums = tf.distribute.ReductionToOneDevice() if on_cpu else None
    return tf.distribute.MirroredStrategy(chosen, cross_device_ops=sums)


def deal(strategy: tf.distribute.Strategy, data: tf.data.Dataset) -> Any:
    """One machine's batches, cut up for its devices; for one device as they are."""
    if strategy.num_replicas_in_sync == 1:
        return data
    # TensorFlow's reading ahead into the memory of several CPU devices crashes now and then when a
    # new pass begins, and there is nothing to gain by it.
    on_cpu = all("CPU" in device for device in strategy.extended.worker_devices)
    options = tf.distribute.InputOptions(experimental_fetch_to_device=not on_cpu)
    return strategy.experimental_distribute_dataset(data, options)


def mean_over_machines(strategy: tf.distribute.Strategy, number: float) -> float:
    """The mean of a number over all machines; it waits for all of them."""
    own = tf.constant(number, tf.float64)

    @tf.function(autograph=False)
    def mean() -> tf.Tensor:
        return strategy.run(lambda: tf.distribute.get_replica_context().all_reduce("MEAN", own))

    return float(strategy.experimental_local_results(mean())[0])
