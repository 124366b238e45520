"""Page numbers as users name them: `1,3-5`."""

import re
from dataclasses import dataclass
from typing import Self

from colorizer_tf.base.errors import UsageError

_PART = re.compile(r"(\d{1,9})(-(\d{1,9})?)?")
_LAST = 10**9


@dataclass(frozen=True)
class PageSelection:
    """Pages to color, as a container of their numbers.

    Attributes:
        ranges: first and last number of each part; none means all pages.
    """

    ranges: tuple[tuple[int, int], ...] = ()

    @classmethod
    def parsed(cls, text: str) -> Self:
        """The pages that `1,3-5` and the like name; `7-` are all from 7 on, "" are all.

        Raises:
            UsageError: if it is not such a text.
        """
        ranges = []
        for part in text.replace(" ", "").split(",") if text.strip() else ():
            found = _PART.fullmatch(part)
            first = int(found[1]) if found else 0
            last = first if not found or not found[2] else int(found[3] or _LAST)
            if not 1 <= first <= last:
                raise UsageError(
                    f"--pages: received {text!r}, expected numbers from 1 on such as 1,3-5 or 7-"
                )
            ranges.append((first, last))
        return cls(tuple(ranges))

    def __contains__(self, number: object) -> bool:
        """Whether a page is to be colored."""
        return not self.ranges or (
            isinstance(number, int) and any(low <= number <= high for low, high in self.ranges)
        )

    def __str__(self) -> str:
        """The text, always the same for the same ranges."""
        return ",".join(_spelled(*each) for each in self.ranges)


def _spelled(first: int, last: int) -> str:
    if first == last:
        return str(first)
    return f"{first}-" if last == _LAST else f"{first}-{last}"
