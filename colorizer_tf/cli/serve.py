"""`colorizer-tf serve`: a page and an HTTP API that color photos."""

import argparse

from colorizer_tf.base.options import add_flags, resolve
from colorizer_tf.serve.options import ServeOptions


def add_parser(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    shared: argparse.ArgumentParser,
) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "serve",
        parents=[shared],
        help="a page that colors photos, and the same over HTTP (extra: web)",
        description="Serve a page in which photos are dropped, colored, compared and downloaded, "
        "and the same as an HTTP API. It listens on this machine alone unless --host says "
        "otherwise, sends nothing anywhere, and deletes what visitors left after some minutes.",
    )
    parser.add_argument(
        "--model",
        dest="models",
        action="append",
        metavar="NAME|PATH",
        help="a model, by name or folder; given several times, the page offers the choice [all "
        "that ship]",
    )
    add_flags(parser, ServeOptions)
    parser.add_argument(
        "--runtime",
        choices=("auto", "onnx", "tensorflow"),
        default="auto",
        help="what runs the networks; auto: TensorFlow if it finds a GPU, else ONNX Runtime [auto]",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve until Ctrl-C."""
    options = resolve(ServeOptions, None, vars(args))
    if args.runtime == "tensorflow":
        from colorizer_tf.base.startup import load_tensorflow

        load_tensorflow(verbose=args.verbose)
    from colorizer_tf.base.execution.threads import count_cores
    from colorizer_tf.inference.catalog import list_models
    from colorizer_tf.inference.colorizer import Colorizer
    from colorizer_tf.serve.server import serve

    threads = max(count_cores() // options.at_once, 1)
    shipped: list[str | None] = [each.name for each in list_models() if each.ships]
    # Without any, the default one: its absence is told.
    models = args.models or shipped or [None]
    serve([Colorizer(each, runtime=args.runtime, threads=threads) for each in models], options)
    return 0
