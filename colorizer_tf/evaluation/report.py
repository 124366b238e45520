"""Writes the reports: `report.json`, `report.md` and `report.html`."""

from pathlib import Path
from typing import Any

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.base.files import write_atomic
from colorizer_tf.base.locks import alone_in
from colorizer_tf.evaluation.document import as_document, as_text
from colorizer_tf.evaluation.markdown import markdown
from colorizer_tf.evaluation.page import html
from colorizer_tf.evaluation.run import Evaluation


def write_reports(evaluation: Evaluation, out: Path) -> dict[str, Any]:
    """Write the three reports into a folder and return the content of `report.json`.

    Args:
        evaluation: the result of `evaluate`.
        out: the folder, created if missing; reports in it are replaced.

    Raises:
        ColorizerError: if they cannot be written, or another run is writing there.
    """
    document = as_document(evaluation)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ColorizerError(f"cannot create the folder {out}: {error.strerror}") from error
    files = {
        "report.json": as_text(document),
        "report.md": markdown(document),
        "report.html": html(document, evaluation.shown),
    }
    with alone_in(out):
        for name, text in files.items():
            write_atomic(out / name, text.encode("utf-8", "backslashreplace"))
    return document
