"""`report.md`: the report as Markdown, without the scores of single photos."""

from typing import Any

from colorizer_tf.evaluation import folder_tables, front_tables, hint_tables, tables


def markdown(document: dict[str, Any]) -> str:
    """The content of `report.md`."""
    photos = document["photos"]
    measures = tables.used_measures(document)
    entries = [entry for entry in document["entries"] if not entry["problem"]]
    parts = [
        "# Evaluation",
        tables.summary(document),
        _markdown_table(
            ["measure", *(_escaped(entry["name"]) for entry in entries)],
            [
                [tables.measure_title(measure), *(tables.cell(entry, measure) for entry in entries)]
                for measure in measures
            ],
        ),
        "Values are means over the photos, with 95 % bootstrap intervals in brackets. The "
        "measures:",
        "\n".join(f"- **{measure['label']}**: {measure['text']}" for measure in measures),
        "## Entries",
        "\n".join(
            f"- **{_escaped(entry['name'])}** ({entry['kind']}): {_escaped(entry['description'])}"
            for entry in document["entries"]
        ),
        "## Which is better (CIEDE2000, paired over the photos)",
        "\n".join(f"- {_escaped(line)}" for line in tables.verdicts(document))
        or "Nothing to pair.",
    ]
    if document["fronts"]:
        parts += _front_parts(document)
    if document["hints"]:
        head, *rows = hint_tables.hint_rows(document)
        cells = [[_escaped(name), *rest] for name, *rest in rows]
        parts += ["## With hints", _markdown_table(head, cells)]
    if folders := folder_tables.folder_rows(document):
        head, *rows = folders
        cells = [[_escaped(name), *rest] for name, *rest in rows]
        parts += ["## By folder", _markdown_table([_escaped(title) for title in head], cells)]
    if costs := tables.cost_rows(document):
        titles, *rows = costs
        cells = [
            [_escaped(name), *(tables.number(*value) for value in rest)] for name, *rest in rows
        ]
        parts += ["## Cost", _markdown_table(titles, cells)]
    if problems := tables.problem_lines(document):
        parts += ["## What failed or was left out", _markdown_list(problems)]
    if remarks := tables.remark_lines(document):
        parts += ["## Worth knowing", _markdown_list(remarks)]
    parts.append(f"Photos: {_escaped(photos['source'])}. {tables.made_with(document)}")
    return "\n\n".join(parts) + "\n"


def _front_parts(document: dict[str, Any]) -> list[str]:
    parts = ["## At equal colorfulness"]
    if verdicts := front_tables.front_verdicts(document):
        parts.append(_markdown_list(verdicts))
    for head, *rows in (front_tables.level_rows(document), front_tables.point_rows(document)):
        cells = [[_escaped(name), *rest] for name, *rest in rows]
        parts.append(_markdown_table([title or " " for title in head], cells))
    return parts


def _markdown_table(head: list[str], rows: list[list[str]]) -> str:
    rule = ["---", *("---:" for _ in head[1:])]
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, rule, *rows])


def _markdown_list(lines: list[str]) -> str:
    return "\n".join(f"- {_escaped(line)}" for line in lines)


def _escaped(text: str) -> str:
    """The text with the characters that Markdown interprets escaped."""
    return "".join(f"\\{c}" if c in "\\`*_[]<>|#~&" else c for c in text)
