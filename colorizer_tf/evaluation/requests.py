"""From what is asked for to entries that can be scored, each with its cost."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from colorizer_tf import images
from colorizer_tf.base.errors import ColorizerError, ImageError, UsageError
from colorizer_tf.base.files import write_atomic
from colorizer_tf.base.progress import Progress
from colorizer_tf.evaluation import entries as entry_kinds
from colorizer_tf.evaluation.bootstrap import Figure
from colorizer_tf.evaluation.commands import Command, parse_command, run_command
from colorizer_tf.evaluation.costs import Cost, measure_cost
from colorizer_tf.evaluation.entries import Entry, Folder, Gray, MeanColor, Model, Oracle
from colorizer_tf.evaluation.onnx_peer import OnnxPeer
from colorizer_tf.evaluation.photos import PhotoSet, spread
from colorizer_tf.evaluation.scoring import Preparation, reason
from colorizer_tf.inference.catalog import find_model, size_on_disk

# The oracle's size where no model tells one.
_ORACLE_SIZE = 256
_COST_PHOTOS = 32
_TAKEN = (entry_kinds.GRAY, entry_kinds.MEAN_AB, entry_kinds.TRUTH)

MeanAb = tuple[tuple[float, float], str]


@dataclass(frozen=True)
class Request:
    """An entry that is asked for.

    Attributes:
        kind: "model", "folder", "command" or "onnx".
        name: what it is called in the report.
        what: its path, the name of a model, or the command.
    """

    kind: str
    name: str
    what: str


@dataclass
class Result:
    """An entry and what became of it.

    Attributes:
        name, kind, description: as the entry says.
        problem: why it has no figures at all, or "".
        figures: by the measure's name.
        cost: its cost.
        notes: what else there is to say: a cost that could not be measured.
        unmatched: pictures in its folder that belong to no photo.
        weights_sha256: digest of a model's weights, or "".
    """

    name: str
    kind: str
    description: str
    problem: str = ""
    figures: dict[str, Figure] = field(default_factory=dict)
    cost: Cost = field(default_factory=Cost)
    notes: list[str] = field(default_factory=list)
    unmatched: list[str] = field(default_factory=list)
    weights_sha256: str = ""


class Builder:
    """Makes entries of requests.

    Args:
        photos: what they will be scored on.
        preparation: what is done to the photos first.
        work: a folder for what is only needed during the run.
        request: fields of `PredictionRequest` for all models.
        peer_seconds: time limit of a command.
        costs: measure speed and memory of models.
        shown: tell on stderr how far it is.
    """

    def __init__(
        self,
        photos: PhotoSet,
        preparation: Preparation,
        work: Path,
        *,
        request: Mapping[str, Any],
        peer_seconds: float,
        costs: bool,
        shown: bool,
    ) -> None:
        self.photos, self.preparation, self.work = photos, preparation, work
        self.request = dict(request)
        self.peer_seconds, self.costs, self.shown = peer_seconds, costs, shown

    def build(self, requests: Sequence[Request]) -> tuple[list[Result], list[Entry]]:
        """A result for each request, and the entries of those that can be scored.

        Raises:
            UsageError: if two have one name, a path is missing or a command lacks its places.
        """
        _check_names(requests)
        _check_paths(requests)
        commands = {r.name: parse_command(r.name, r.what) for r in requests if r.kind == "command"}
        timed = self.costs and any(request.kind in ("model", "onnx") for request in requests)
        self._write_grays(None if commands else _COST_PHOTOS if timed else 0)
        results, entries = [], []
        for request in requests:
            result = Result(request.name, request.kind, request.what)
            results.append(result)
            try:
                entry = self._entry(request, result, commands.get(request.name))
            except UsageError:
                raise
            except ColorizerError as error:
                result.problem = reason(error)
                continue
            result.description = entry.description
            entries.append(entry)
        return results, entries

    def _entry(self, request: Request, result: Result, command: Command | None) -> Entry:
        path = Path(request.what)
        if command:
            return self._of_command(command, result)
        if request.kind == "folder":
            folder = Folder(request.name, path, self.photos.names, self.photos.left_out)
            result.unmatched = folder.matches.unmatched
            return folder
        if request.kind == "onnx":
            onnx = OnnxPeer(request.name, path)
            self._add_cost(result, path, Cost(size_mb=size_on_disk(path)))
            return onnx
        path = find_model(request.what)
        model = Model(request.name, path, **self.request)
        result.weights_sha256 = model.weights_sha256
        known = Cost(parameters=model.parameters, size_mb=size_on_disk(path))
        self._add_cost(result, path, known)
        return model

    def _of_command(self, command: Command, result: Result) -> Entry:
        out = self.work / f"out-{len(list(self.work.iterdir()))}"
        out.mkdir()
        cost = run_command(command, self.work / "in", out, self.peer_seconds)
        numbered = [_gray_name(index) for index in range(len(self.photos.names))]
        said = result.description
        folder = Folder(command.name, out, numbered, kind="command", description=said)
        result.cost = cost
        return folder

    def _add_cost(self, result: Result, path: Path, known: Cost) -> None:
        result.cost = known
        grays = self.work / "in"
        if not (self.costs and any(grays.iterdir())):
            return
        try:
            asked = self.request if result.kind == "model" else {}
            found = measure_cost(result.kind, path, grays, **asked)
        except ColorizerError as error:
            result.notes.append(reason(error))
            return
        result.cost = dataclasses.replace(found, parameters=known.parameters, size_mb=known.size_mb)

    def _write_grays(self, wanted: int | None) -> None:
        """The gray inputs as PNG files, of all photos or of some; unreadable ones are left out."""
        folder = self.work / "in"
        folder.mkdir()
        chosen = set(spread(range(len(self.photos.names)), wanted)) if wanted != 0 else set()
        told = self.shown and wanted is None
        with Progress("gray pictures", len(chosen), shown=told) as progress:
            for index, raw in enumerate(self.photos.read() if chosen else ()):
                if index in chosen:
                    try:
                        png = images.encode_png(self.preparation.photo(raw).gray)
                    except ImageError:  # scoring names it
                        continue
                    write_atomic(folder / _gray_name(index), png, durable=False)
                    progress.add(1)


def _check_names(requests: Sequence[Request]) -> None:
    taken = set(_TAKEN)
    for request in requests:
        if request.name in taken or request.name.startswith("oracle-"):
            raise UsageError(
                f"two entries are called {request.name!r}: call one otherwise, NAME={request.what}"
            )
        taken.add(request.name)


def _check_paths(requests: Sequence[Request]) -> None:
    for request in requests:
        path = Path(request.what)
        if request.kind == "model":
            _check_model(request.what)
        if request.kind == "folder" and not path.exists():
            raise UsageError(
                f"--against: no source at {path}, expected a folder, .zip or .tar of pictures"
            )
        if request.kind == "onnx" and not path.is_file():
            raise UsageError(f"--onnx: no ONNX file at {path}, expected [NAME=]FILE.onnx")
        if request.kind == "onnx" and not path.with_suffix(".toml").is_file():
            raise UsageError(
                f"--onnx: {path} has no description beside it, expected "
                f"{path.with_suffix('.toml')}: see docs/evaluation.md"
            )


def _check_model(model: str) -> None:
    try:
        find_model(model)
    except ColorizerError as error:
        raise UsageError(str(error)) from error


def _gray_name(index: int) -> str:
    return f"{index:07d}.png"


def baselines(photos: PhotoSet, entries: Sequence[Entry], mean_ab: MeanAb | None) -> list[Entry]:
    """The rows that are always there: plain gray, a mean color, and an oracle for each size.

    Args:
        photos: may know the mean ab of the training photos.
        entries: what is scored: models know their size, and the mean ab of their training photos.
        mean_ab: the mean ab and where it is from, if it is given.
    """
    sizes = {entry.size for entry in entries if isinstance(entry, (Model, OnnxPeer))} - {0}
    return [
        Gray(),
        MeanColor(*(mean_ab or _mean_ab(photos, entries))),
        *(Oracle(size) for size in sorted(sizes or {_ORACLE_SIZE})),
    ]


def _mean_ab(photos: PhotoSet, entries: Sequence[Entry]) -> MeanAb:
    for entry in entries:
        if isinstance(entry, Model) and (known := entry.mean_ab):
            return known, f"the mean of what {entry.name} was trained on"
    if photos.mean_ab:
        return photos.mean_ab, f"the mean of {photos.source}'s record set"
    return entry_kinds.PROTOCOL_MEAN_AB, "the protocol's, as no training set is known"
