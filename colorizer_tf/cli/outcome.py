"""What `colorize` says of a run and leaves of it: failures and counts, the report, the gallery."""

import argparse
import sys
from typing import TYPE_CHECKING, Any

from colorizer_tf.base.printing import printable

if TYPE_CHECKING:
    from colorizer_tf.batch.engines import Used
    from colorizer_tf.batch.report import Outcome

# What shells say of a program that Ctrl-C ended.
INTERRUPTED = 130


def sum_up(outcome: "Outcome", args: argparse.Namespace) -> int:
    """Say what failed and what was done; the exit code."""
    from colorizer_tf.batch.summary import counts_line, notes

    for result in outcome.results:
        if result.status == "failed":
            print(printable(f"failed: {result.source}: {result.reason}"), file=sys.stderr)
    if not args.quiet:
        for line in (counts_line(outcome, str(args.out)), *notes(outcome)):
            print(printable(line))
    if outcome.stopped:
        print(
            f"colorizer-tf: stopped: {printable(outcome.stopped)}; then run the same command "
            "again, it goes on where it stopped",
            file=sys.stderr,
        )
    if outcome.interrupted:
        print(
            "colorizer-tf: interrupted; run the same command again, it goes on where it stopped",
            file=sys.stderr,
        )
        return INTERRUPTED
    return 1 if outcome.counts()["failed"] or outcome.stopped else 0


def report(
    outcome: "Outcome", used: "Used", args: argparse.Namespace, options: dict[str, Any]
) -> None:
    """Write `--report`."""
    from colorizer_tf.batch.report import write_report

    asked = {
        "photos": args.photos,
        "list": args.list_file,
        "model": str(args.model),
        "out": str(args.out),
        "overwrite": args.overwrite,
        "runtime": used.runtime,
        "engine": args.engine,
    }
    model = {"name": used.model.name, "identity": used.model.identity}
    settings = vars(used.model.request) | options | {"workers": used.workers}
    write_report(args.report, outcome, model, asked | settings)


def gallery(outcome: "Outcome", used: "Used", args: argparse.Namespace) -> None:
    """Write `--gallery`, unless the run ended early."""
    from colorizer_tf.batch.gallery import write_gallery

    if outcome.interrupted or outcome.stopped:
        print(
            "colorizer-tf: no gallery yet: the run that completes this one makes it",
            file=sys.stderr,
        )
        return
    path = write_gallery(args.out, outcome, used.model, progress=not args.quiet)
    if not args.quiet:
        print(printable(f"gallery: {path}"))
