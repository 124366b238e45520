"""`colorizer-tf records verify|show`: is a record set whole, and what is in it."""

import argparse
import sys
from pathlib import Path


def add_parser(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    shared: argparse.ArgumentParser,
) -> None:
    """Add the command and its two actions."""
    parser = commands.add_parser(
        "records",
        help="check or show a record set",
        description="Check or show a record set that build-records made.",
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    verify = actions.add_parser(
        "verify",
        parents=[shared],
        help="check every record",
        description="Check every record's checksum and shape, every shard and the manifest's "
        "counts. Exit code 1 if anything differs, each named.",
    )
    verify.add_argument("folder", metavar="FOLDER", type=Path, help="folder of the set")
    verify.set_defaults(run=run_verify)
    show = actions.add_parser(
        "show",
        parents=[shared],
        help="print counts and colors, draw a contact sheet",
        description="Print counts, sizes and color statistics of a record set, and write a "
        "contact sheet: a PNG of some of its photos.",
    )
    show.add_argument("folder", metavar="FOLDER", type=Path, help="folder of the set")
    show.add_argument(
        "--out", type=Path, metavar="FILE", help="contact sheet [FOLDER/contact-sheet.png]"
    )
    show.set_defaults(run=run_show)


def run_verify(args: argparse.Namespace) -> int:
    """Check the set and name what differs."""
    from colorizer_tf.records.manifest import load_manifest
    from colorizer_tf.records.verify import verify_records

    manifest = load_manifest(args.folder)
    problems = verify_records(args.folder)
    for problem in problems:
        print(problem, file=sys.stderr)
    count = sum(manifest["records"].values())
    if problems:
        print(
            f"{args.folder}: {len(problems)} problems; build-records with --overwrite makes the "
            f"set anew",
            file=sys.stderr,
        )
        return 1
    print(
        f"{args.folder}: {count} records in {len(manifest['shards'])} shards, all as they should be"
    )
    return 0


def run_show(args: argparse.Namespace) -> int:
    """Print the set's numbers and write its contact sheet."""
    from colorizer_tf.records.manifest import load_manifest
    from colorizer_tf.records.show import summary, write_contact_sheet

    print(summary(load_manifest(args.folder)))
    print(f"contact sheet: {write_contact_sheet(args.folder, args.out)}")
    return 0
