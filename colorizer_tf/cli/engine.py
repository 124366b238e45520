"""`--engine` and `--master`: what shares the work of a command."""

import argparse

from colorizer_tf.base.errors import UsageError


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add both flags."""
    parser.add_argument(
        "--engine",
        choices=("local", "spark"),
        default="local",
        help="what shares the work: processes and threads here, or Apache Spark [local]",
    )
    parser.add_argument(
        "--master",
        metavar="URL",
        help="Spark's master: spark://HOST:7077, yarn, local[4], ... [as Spark is set up, else "
        "all cores here]",
    )


def check(args: argparse.Namespace) -> None:
    """Refuse flags that contradict the engine.

    Raises:
        UsageError: if they do.
    """
    if args.master and args.engine != "spark":
        raise UsageError("--master is for --engine spark")
    if args.workers is not None and args.engine == "spark":
        raise UsageError(
            "--workers is for --engine local: of Spark, --master local[N] or its setting "
            "spark.cores.max says how many"
        )
