"""What a run says at its end."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from colorizer_tf.base.progress import spell_rate
from colorizer_tf.batch.report import Outcome
from colorizer_tf.batch.task import OTHER_MODEL, OTHER_SETTINGS, PhotoResult
from colorizer_tf.batch.zips import FILMS_IN_ARCHIVES

_NAMED = 3


def counts_line(outcome: Outcome, out: str) -> str:
    """How many photos were colored, skipped and failed, and how fast.

    Args:
        outcome: the run's.
        out: the output folder.
    """
    counts = outcome.counts()
    left = f", {counts['left']} left" if counts["left"] else ""
    rate = f", {spell_rate(outcome.rate)} photos/s" if counts["done"] > 1 else ""
    return (
        f"{counts['done']} colorized, {counts['skipped']} skipped, {counts['failed']} failed"
        f"{left}{rate}, in {out}"
    )


def notes(outcome: Outcome) -> Iterator[str]:
    """Lines on what a user may not expect: why photos were skipped, what was replaced."""
    found: dict[str, list[PhotoResult]] = defaultdict(list)
    for result in outcome.results:
        for note in result.note.split("; ") if result.note else ():
            found[note].append(result)
    skipped = outcome.counts()["skipped"]
    if skipped:
        yield (
            f"skipped: {_photos(skipped)} done already with this model and these settings; "
            "--overwrite colors again"
        )
    for note, results in found.items():
        names = ", ".join(str(result.source) for result in results[:_NAMED])
        more = f" and {len(results) - _NAMED} more" if len(results) > _NAMED else ""
        yield f"note: {_photos(len(results))} {note}: {names}{more}{_ADVICE.get(note, '')}"


def passed_by(counts: Mapping[str, int]) -> Iterator[str]:
    """Lines on the files in folders and archives that were not read, and what would take them in.

    Args:
        counts: as `Findings` and `Outcome` have them.
    """
    for kind, count in sorted(counts.items()):
        named = f"{count} {kind}"
        if count == 1:
            named = _NAMES_OF_ONE.get(named, named.removesuffix("s"))
        yield f"passed by: {named}; {_TAKEN_IN_BY[kind]}"


_NAMES_OF_ONE = {
    "1 pictures of other kinds": "1 picture of another kind",
    f"1 {FILMS_IN_ARCHIVES}": "1 film in an archive",
}
_TAKEN_IN_BY = {
    "PDFs": 'pip install "colorizer-tf[pdf]" takes them in',
    "films": 'pip install "colorizer-tf[video]" takes them in',
    FILMS_IN_ARCHIVES: "unpack the archive to color them",
    "camera raw files": "develop them to TIFF or JPEG first",
    "drawings and layouts": "save them as PDF, TIFF or PNG first",
    "pictures of other kinds": "convert them to TIFF or PNG first",
    "archives": "name zip archives themselves; unpack others first",
    "text files": "they hold no photos",
    "sound files": "they hold no photos",
    "other files": "if photos are among them, name those themselves: their content decides",
}

_KEEP_BOTH = "; --name-template with {model}, {strength}, {size} and the like keeps both"
_ADVICE = dict.fromkeys((OTHER_MODEL, OTHER_SETTINGS), _KEEP_BOTH)


def _photos(count: int) -> str:
    return f"{count} photo{'s' if count != 1 else ''}"
