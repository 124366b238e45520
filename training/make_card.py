"""Writes the model card of a model that ships, and its figures into its model.json.

The figures come from reports of `colorizer-tf evaluate` alone, the first of which is stated in
model.json; intended use and what the model does badly from training/cards/NAME.md, the training
data from training/cards/training-data.md; samples and rates from the runs.

Usage: python training/make_card.py savedmodels/gan --report output/evaluation/report.json
           --recipe training/recipes/gan.toml --run training/runs/gan --hardware "2 CPU cores"
"""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.base.files import write_atomic
from colorizer_tf.evaluation.entries import GRAY, TRUTH
from colorizer_tf.evaluation.statement import STATED, entry_of, read_report, statement
from colorizer_tf.evaluation.tables import cell
from colorizer_tf.inference import model_json
from colorizer_tf.inference.catalog import DEFAULT_MODEL, size_on_disk
from colorizer_tf.training.run_folder import RunFolder

CARDS = Path(__file__).parent / "cards"
UNWRITTEN = "TO WRITE"
CARD = "README.md"


def main() -> int:
    """Write both files, or say what is missing."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=Path, help="its folder, savedmodels/NAME")
    parser.add_argument(
        "--report",
        action="append",
        required=True,
        metavar="[TITLE=]FILE",
        help="a report.json with the model; may be given several times",
    )
    parser.add_argument("--entry", help="the model's name in the reports [its folder's]")
    parser.add_argument("--recipe", type=Path, required=True, help="the one that made it")
    parser.add_argument(
        "--run", type=Path, action="append", required=True, help="its run, or each of its stages"
    )
    parser.add_argument("--hardware", required=True, help="what it was trained on, for people")
    parser.add_argument("--wall-time", help="from start to end, for people [that of the steps]")
    parser.add_argument("--texts", type=Path, default=CARDS, help="folder of the texts by hand")
    args = parser.parse_args()
    try:
        make_card(args)
    except (ColorizerError, OSError) as error:
        print(f"make_card: {error}", file=sys.stderr)
        return 1
    print(f"{args.model / CARD} and the block evaluation of {args.model / model_json.FILE}")
    return 0


def make_card(args: argparse.Namespace) -> None:
    """Write the card and model.json; everything is read before anything is written."""
    info = json.loads((args.model / model_json.FILE).read_text("utf-8"))
    model_json.read_info(args.model)
    name = args.model.resolve().name
    entry = args.entry or name
    titled = [_titled(text) for text in args.report]
    stated = [statement(report, entry, info["weights_sha256"]) for _, report in titled]
    info[model_json.EVALUATION] = stated[0]
    parts = [
        _head(name, info, args.model),
        _text(args.texts / f"{name}.md"),
        "## Figures",
        *(_figures(title, report, entry) for title, report in titled),
        _training(args, info),
        _text(args.texts / "training-data.md"),
        _license(info),
    ]
    write_atomic(args.model / model_json.FILE, (json.dumps(info, indent=2) + "\n").encode())
    write_atomic(args.model / CARD, ("\n\n".join(parts) + "\n").encode())


def _titled(text: str) -> tuple[str, dict[str, Any]]:
    title, sign, path = text.rpartition("=")
    report = read_report(Path(path))
    return (title if sign else report["photos"]["source"]), report


def _text(path: Path) -> str:
    text = path.read_text("utf-8").strip()
    if UNWRITTEN in text:
        raise ColorizerError(f"{path} has a part that says {UNWRITTEN}: write it first")
    return text


def _head(name: str, info: dict[str, Any], folder: Path) -> str:
    default = ", and the default one" if name == DEFAULT_MODEL else ""
    stored = sum(size_on_disk(path) for path in folder.iterdir() if path.name != CARD)
    return f"""# {name}

A model that ships with colorizer-tf{default}: kind `{info["kind"]}`,
{info["parameters"]:,} parameters, color predicted at {info["size"]} px, {stored:.1f} MB.
`training/make_card.py` made this page.

```sh
colorizer-tf colorize photo.jpg --model {name}
```"""


def _figures(title: str, report: dict[str, Any], name: str) -> str:
    entries = [entry_of(report, each) for each in (name, GRAY, TRUTH)]
    rows = [
        [_label(measure), *(cell(entry, measure) for entry in entries)]
        for measure in report["measures"]
        if measure["name"] in STATED
    ]
    resize, crop = report["settings"]["resize"], report["settings"]["crop"]
    size = f"shorter side at most {resize} px" if resize else "at their own size"
    size += ", cropped to squares" * crop
    return "\n".join(
        [
            f"{title}: {report['photos']['compared']} photos, {size}, "
            f"protocol {report['protocol_version']}",
            "([docs/evaluation.md](../../docs/evaluation.md)); means with 95 % intervals.",
            "",
            *_rows([["", name, "gray", "true photos"], ["---"] * 4, *rows]),
            "",
            *(_verdict(pair, name) for pair in report["pairs"] if _is_stated(pair, name)),
        ]
    )


def _rows(table: list[list[str]]) -> list[str]:
    return ["| " + " | ".join(row) + " |" for row in table]


def _label(measure: dict[str, Any]) -> str:
    return f"{measure['label']}, {measure['unit']}" if measure["unit"] else str(measure["label"])


def _is_stated(pair: dict[str, Any], name: str) -> bool:
    return {pair["one"], pair["two"]} == {name, GRAY} and pair["measure"] in ("delta_e", "psnr")


def _verdict(pair: dict[str, Any], name: str) -> str:
    """The model less gray, whichever way round the report has the two."""
    label = {"delta_e": "CIEDE2000", "psnr": "PSNR"}[pair["measure"]]
    verdict, numbers = pair["verdict"], [pair["difference"], pair["low"], pair["high"]]
    if pair["two"] == name:
        verdict = {"better": "worse", "worse": "better"}.get(verdict, verdict)
        numbers = [-numbers[0], -numbers[2], -numbers[1]]
    value, low, high = numbers
    return (
        f"- {label} less gray's, photo by photo: {value:+.2f} [{low:+.2f}, {high:+.2f}], {verdict}"
    )


def _training(args: argparse.Namespace, info: dict[str, Any]) -> str:
    recipe = Path(os.path.relpath(args.recipe, args.model)).as_posix()
    stages, versions = [_stage(run) for run in args.run], info["versions"]
    samples = sum(stage["samples"] for stage in stages)
    duration = _duration(sum(stage["seconds"] for stage in stages))
    rows = [
        [s["run"], f"{s['size']} px", f"{s['samples']:,}", _duration(s["seconds"])] for s in stages
    ]
    return "\n".join(
        [
            "## Training",
            "",
            f"Recipe [{args.recipe.name}]({recipe}){_temperature(info)};",
            f"{samples:,} samples in all;",
            f"{args.wall_time or f'{duration} of training steps'} on {args.hardware}.",
            f"With colorizer-tf {versions['colorizer_tf']}{_revision(info)}, TensorFlow "
            f"{versions['tensorflow']} and Keras {versions['keras']}.",
            "",
            *_rows([["run", "size", "samples", "time of steps"], ["---"] * 4, *rows]),
            *_left_out(stages),
        ]
    )


def _duration(seconds: float) -> str:
    return f"{seconds / 3600:.1f} hours" if seconds >= 3600 else f"{seconds / 60:.1f} minutes"


def _left_out(stages: list[dict[str, Any]]) -> list[str]:
    """Says which folders no stage was trained on."""
    everywhere = set(stages[0]["left_out"]).intersection(*(s["left_out"] for s in stages))
    if not everywhere:
        return []
    return ["", f"Left out of training, to judge it on: {', '.join(sorted(everywhere))}."]


def _temperature(info: dict[str, Any]) -> str:
    """What the distribution over classes of color was exported at, if there is one."""
    temperature = info.get("temperature")
    return "" if temperature is None else f", exported at temperature {temperature:g}"


def _revision(info: dict[str, Any]) -> str:
    return f" at {info['git_revision']}" if info.get("git_revision") else ""


def _stage(run: Path) -> dict[str, Any]:
    """A run's size, samples, and the seconds that its steps took."""
    folder = RunFolder(run)
    config = json.loads(folder.config.read_text("utf-8"))
    history = json.loads(folder.history.read_text("utf-8"))
    batch, before, seconds = config["batch_size"], 0, 0.0
    for row in history:
        seconds += (row["step"] - before) * batch / row["images_per_second"]
        before = row["step"]
    size = config["size"] or "the records'"
    left_out = config.get("left_out") or []
    if isinstance(left_out, str):  # of runs before recipes held lists
        left_out = [folder.strip() for folder in left_out.split(",")]
    return {
        "run": run.name,
        "size": size,
        "samples": before * batch,
        "seconds": seconds,
        "left_out": left_out,
    }


def _license(info: dict[str, Any]) -> str:
    return f"""## License

The weights: {info["license"]}. Their SHA-256: `{info["weights_sha256"]}`."""


if __name__ == "__main__":
    sys.exit(main())
