"""The template of outputs' names, and names that are too long for a disk."""

import hashlib
import os
import string
from collections.abc import Mapping

from colorizer_tf.base.errors import UsageError
from colorizer_tf.batch.options import ColorizeOptions

# Of every run; `batch.plan.template_values` adds the settings of one.
FIELDS = ("name", "parent", "ext")

# Of Linux, macOS and Windows, for one part of a path; a longer name is cut, and a digest of the
# whole tells it from others.
MAX_NAME_BYTES, _DIGEST_DIGITS = 255, 8
LONGEST_ENDING = ".webp"

_COLORIZED, COMPARE, CONFIDENCE = "_colorized", "_compare", "_confidence"
# What no name holds on one system or another.
_FORBIDDEN = frozenset('/\\\0<>:"|?*').union(map(chr, range(32)))
_SAFE = str.maketrans(dict.fromkeys(_FORBIDDEN, "_"))


class Template:
    """A checked `--name-template`."""

    def __init__(self, text: str, values: Mapping[str, object]) -> None:
        """Check it.

        Args:
            text: as the user gave it.
            values: of the fields that are the same for all photos, such as `model`.

        Raises:
            UsageError: if a field is unknown, `{name}` is missing, it does not end in `{ext}`, or
                a character is of those that names cannot hold.
        """
        self._text = text
        self._values = {name: str(value).translate(_SAFE) for name, value in values.items()}
        known = [*FIELDS[:-1], *values, FIELDS[-1]]
        try:
            parts = list(string.Formatter().parse(text))
        except ValueError as error:
            raise _refused(text, f"fields such as {{name}} ({error})") from None
        fields = [field for _, field, _, _ in parts if field is not None]
        if any(spec or conversion for _, _, spec, conversion in parts) or set(fields) - {*known}:
            raise _refused(text, "no other fields than " + ", ".join(f"{{{f}}}" for f in known))
        if "name" not in fields:
            raise _refused(text, "{name} in it")
        if fields.count("ext") != 1 or not text.endswith("{ext}"):
            raise _refused(text, "{ext} once, at its end")
        wrong = sorted(_FORBIDDEN.intersection("".join(literal for literal, _, _, _ in parts)))
        if wrong:
            raise _refused(text, f"no {wrong[0]!r}: a name, not a path")

    def stem(self, name: str, parent: str) -> str:
        """The name of an output without its ending."""
        return self._text.format(**self._values, name=name, parent=parent.translate(_SAFE), ext="")


def _refused(text: str, expected: str) -> UsageError:
    return UsageError(f"--name-template: received {text!r}, expected {expected}")


def all_stems(stem: str, options: ColorizeOptions) -> tuple[str, ...]:
    """Names of all that is written of a photo, by the name of its output.

    Returns:
        The output's, or of its variants `a_colorized-1`, ...; then `a_compare` and `a_confidence`
        with `a_colorized`, if they are asked for.
    """
    variants = tuple(f"{stem}-{number}" for number in range(1, options.variants + 1))
    plain = stem.removesuffix(_COLORIZED)
    compare = (plain + COMPARE,) if options.compare else ()
    confidence = (plain + CONFIDENCE,) if options.confidence else ()
    return (variants or (stem,)) + compare + confidence


def size_of(name: str) -> int:
    """Bytes of a name on the disk."""
    return len(os.fsencode(name))


def shortened(name: str, excess: int) -> str:
    """The name with so many bytes less, at least, and a digest of the whole at its end."""
    digest = hashlib.sha256(os.fsencode(name)).hexdigest()[:_DIGEST_DIGITS]
    most = max(size_of(name) - excess - len(digest) - 1, 0)
    # Whole characters: a part of one is no valid name on some systems.
    while size_of(name) > most:
        name = name[: -max((size_of(name) - most) // 4, 1)]
    return f"{name}~{digest}"
