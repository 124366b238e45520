"""`colorizer-tf build-records`: photos -> a record set."""

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from colorizer_tf.base.options import add_flags, resolve
from colorizer_tf.cli import engine
from colorizer_tf.records.options import RecordOptions

if TYPE_CHECKING:
    from colorizer_tf.base.execution import Executor


def add_parser(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    shared: argparse.ArgumentParser,
) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "build-records",
        parents=[shared],
        help="make a record set of photos",
        description="Make a record set (sharded TFRecord files of 8-bit LAB squares) of photos in "
        "folders, .zip, .tar and .tar.gz archives or single files. The same photos and options "
        "give the same bytes. Interrupted, run it again: it goes on where it stopped.",
    )
    parser.add_argument("sources", metavar="SOURCE", nargs="+", type=Path, help="where photos are")
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("tfrecords/photos"),
        metavar="FOLDER",
        help="folder of the set [tfrecords/photos]",
    )
    add_flags(parser, RecordOptions)
    parser.add_argument(
        "--workers", type=int, metavar="N", help="processes [one a core, fewer for few photos]"
    )
    engine.add_flags(parser)
    parser.add_argument("--strict", action="store_true", help="any file skipped is an error")
    parser.add_argument(
        "--overwrite", action="store_true", help="replace a set built with other options"
    )
    parser.add_argument(
        "--quiet", action="store_true", help="no progress, no summary and no contact sheet"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Build, sum up, and draw a contact sheet."""
    options = resolve(RecordOptions, None, vars(args))
    engine.check(args)
    from colorizer_tf.records.build import build_records
    from colorizer_tf.records.show import summary, write_contact_sheet

    start = time.monotonic()
    manifest: dict[str, Any] = build_records(
        args.sources,
        args.out,
        options,
        workers=_spark(args) if args.engine == "spark" else args.workers,
        strict=args.strict,
        overwrite=args.overwrite,
        progress=not args.quiet,
    )
    if not args.quiet:
        seconds = time.monotonic() - start
        photos = sum(manifest["records"].values()) + len(manifest["skipped"])
        print(summary(manifest))
        print(f"{args.out} is complete: {seconds:.1f} s, {photos / seconds:.0f} photos/s")
        print(f"contact sheet: {write_contact_sheet(args.out)}")
    return 0


def _spark(args: argparse.Namespace) -> "Executor":
    from colorizer_tf.base.execution.processes import use_one_core
    from colorizer_tf.base.execution.spark import SparkExecutor

    return SparkExecutor(args.master, initializer=use_one_core)
