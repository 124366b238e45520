"""Suggestions for mistyped words."""

import difflib
from collections.abc import Iterable


def closest(word: str, known: Iterable[str]) -> str:
    """The known word that is most like another one; "" if none is."""
    by_folded = {each.casefold(): each for each in known}
    close = difflib.get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[close[0]] if close else ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of an error message: "; did you mean x?", or "" if nothing known is alike."""
    close = closest(word, known)
    return f"; did you mean {close}?" if close else ""
