"""Builds the entries that are asked for, and measures their cost."""

import contextlib
import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from colorizer_tf import images
from colorizer_tf.base.errors import ColorizerError, ImageError, UsageError
from colorizer_tf.base.files import write_atomic
from colorizer_tf.base.options.fields import check
from colorizer_tf.base.progress import Progress
from colorizer_tf.evaluation.bootstrap import Figure
from colorizer_tf.evaluation.commands import Command, parse_command, run_command
from colorizer_tf.evaluation.costs import Cost, measure_cost
from colorizer_tf.evaluation.entries import (
    GRAY,
    MEAN_AB,
    PROTOCOL_MEAN_AB,
    TRUTH,
    Entry,
    Gray,
    MeanColor,
    Oracle,
)
from colorizer_tf.evaluation.folder_entry import Folder
from colorizer_tf.evaluation.model_entry import Model
from colorizer_tf.evaluation.onnx_peer import OnnxPeer
from colorizer_tf.evaluation.options import EvaluationOptions
from colorizer_tf.evaluation.photos import PhotoSet, spread
from colorizer_tf.evaluation.scoring import prepare, reason
from colorizer_tf.inference import model_json
from colorizer_tf.inference.catalog import find_model, size_on_disk
from colorizer_tf.inference.request import TAKEN_BY, PredictionRequest

# The oracle's size if no entry has a size.
_ORACLE_SIZE = 256
_COST_PHOTOS = 32

# a*, b*, and their source.
MeanAb = tuple[tuple[float, float], str]


@dataclass(frozen=True)
class Request:
    """An entry to build.

    Attributes:
        kind: "model", "folder", "command" or "onnx".
        name: of the entry.
        target: its path, the name of a model, or the command.
    """

    kind: str
    name: str
    target: str


@dataclass
class Result:
    """An entry and its figures.

    Attributes:
        name: of the entry.
        kind: of the entry.
        description: of the entry.
        problem: why it has no figures, or "".
        figures: by the measure's name.
        cost: its cost.
        notes: other failures, such as a cost that could not be measured.
        unmatched: pictures in its folder that match no photo.
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


@dataclass(frozen=True)
class Builder:
    """Builds entries.

    Args:
        photos: the photos to score.
        options: of the evaluation.
        prediction: what is asked of models, each of those that take it.
        work: a folder for temporary files.
        shown: show the progress on stderr.
    """

    photos: PhotoSet
    options: EvaluationOptions
    prediction: PredictionRequest
    work: Path
    shown: bool

    def build(self, requests: Sequence[Request]) -> tuple[list[Result], list[Entry]]:
        """A result for each request, and the entries that can be scored.

        Raises:
            UsageError: if two have one name, a path is missing, a command lacks its placeholders,
                or what is asked of models is for none of them.
        """
        _check_names(requests)
        for request in requests:
            _check_path(request)
        _check_taken(requests, self.prediction)
        commands = {
            r.name: parse_command(r.name, r.target) for r in requests if r.kind == "command"
        }
        timed = self.options.cost and any(r.kind in ("model", "onnx") for r in requests)
        self._write_grays(len(self.photos.names) if commands else _COST_PHOTOS if timed else 0)
        results, entries = [], []
        for request in requests:
            result = Result(request.name, request.kind, request.target)
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

    @property
    def _grays(self) -> Path:
        return self.work / "in"

    def _entry(self, request: Request, result: Result, command: Command | None) -> Entry:
        path = Path(request.target)
        if command:
            return self._command_entry(command, result)
        if request.kind == "folder":
            folder = Folder(request.name, path, self.photos.names, self.photos.left_out)
            result.unmatched = folder.matches.unmatched
            return folder
        if request.kind == "onnx":
            onnx = OnnxPeer(request.name, path)
            self._add_cost(result, path, Cost(size_mb=size_on_disk(path)))
            return onnx
        path = find_model(request.target)
        asked = self.prediction.taken_by(model_json.read_info(path))
        model = Model(request.name, path, asked)
        result.weights_sha256 = model.weights_sha256
        known = Cost(parameters=model.parameters, size_mb=size_on_disk(path))
        self._add_cost(result, path, known, asked)
        return model

    def _command_entry(self, command: Command, result: Result) -> Entry:
        out = self.work / f"out-{len(list(self.work.iterdir()))}"
        out.mkdir()
        cost = run_command(command, self._grays, out, self.options.peer_timeout)
        names = [_gray_name(index) for index in range(len(self.photos.names))]
        description = result.description
        folder = Folder(command.name, out, names, kind="command", description=description)
        result.cost = cost
        return folder

    def _add_cost(
        self, result: Result, path: Path, known: Cost, asked: PredictionRequest | None = None
    ) -> None:
        result.cost = known
        if not (self.options.cost and any(self._grays.iterdir())):
            return
        try:
            found = measure_cost(path, self._grays, asked)
        except ColorizerError as error:
            result.notes.append(reason(error))
            return
        result.cost = dataclasses.replace(found, parameters=known.parameters, size_mb=known.size_mb)

    def _write_grays(self, count: int) -> None:
        """Write gray inputs of so many photos as PNG files; unreadable ones are left out."""
        self._grays.mkdir()
        if not count:
            return
        every = range(len(self.photos.names))
        chosen = set(spread(every, count))
        shown = self.shown and count >= len(every)
        with Progress("gray pictures", len(chosen), shown=shown) as progress:
            for index, raw in enumerate(self.photos.read()):
                if index in chosen:
                    # Scoring reports the photos that cannot be read.
                    with contextlib.suppress(ImageError):
                        png = images.encode_png(prepare(raw, self.options).gray)
                        write_atomic(self._grays / _gray_name(index), png, durable=False)
                    progress.add(1)


def _check_names(requests: Sequence[Request]) -> None:
    taken = {GRAY, MEAN_AB, TRUTH}
    for request in requests:
        if request.name in taken or request.name.startswith("oracle-"):
            raise UsageError(
                f"two entries are called {request.name!r}: rename one, NAME={request.target}"
            )
        taken.add(request.name)


def _check_path(request: Request) -> None:
    path = Path(request.target)
    if request.kind == "model":
        try:
            find_model(request.target)
        except ColorizerError as error:
            raise UsageError(str(error)) from error
    if request.kind == "folder" and not path.exists():
        raise UsageError(
            f"--against: no source at {path}, expected a folder, .zip or .tar of pictures"
        )
    if request.kind == "onnx" and not path.is_file():
        raise UsageError(f"--onnx: no ONNX file at {path}, expected [NAME=]FILE.onnx")
    if request.kind == "onnx" and not path.with_suffix(".toml").is_file():
        raise UsageError(
            f"--onnx: {path} has no description beside it, expected {path.with_suffix('.toml')}: "
            "see docs/evaluation.md"
        )


def _check_taken(requests: Sequence[Request], prediction: PredictionRequest) -> None:
    """Refuse what is asked of models, if none of them takes it."""
    models = [request for request in requests if request.kind == "model"]
    asked = []
    for request in models:
        # One that cannot be read is told of as an entry that failed.
        with contextlib.suppress(ColorizerError):
            info = model_json.read_info(find_model(request.target))
            asked.append(prediction.taken_by(info))
    if models and not asked:
        return
    defaults = PredictionRequest()
    for name, takers in TAKEN_BY.items():
        value, default = getattr(prediction, name), getattr(defaults, name)
        taken = value == default or any(getattr(each, name) != default for each in asked)
        check(taken, name, value, f"none: only {takers} take it")


def _gray_name(index: int) -> str:
    return f"{index:07d}.png"


def baselines(photos: PhotoSet, entries: Sequence[Entry], mean_ab: MeanAb | None) -> list[Entry]:
    """The baselines: plain gray, a mean color, and an oracle for each size.

    Args:
        photos: may know the mean ab of the training photos.
        entries: models know their size and the mean ab of their training photos.
        mean_ab: the mean ab and its source, if given.
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
            return known, f"the mean of the training photos of {entry.name}"
    if photos.mean_ab:
        return photos.mean_ab, f"the mean of the record set of {photos.source}"
    return PROTOCOL_MEAN_AB, "the protocol's, as no training set is known"
