"""Progress on a terminal and elsewhere."""

import io
import re
import sys
import time

import pytest

from colorizer_tf.base import progress
from colorizer_tf.base.progress import Progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def shown(monkeypatch, stream, total, seconds=0.0):
    monkeypatch.setattr(sys, "stderr", stream)
    with Progress("coloring", total, shown=True) as bar:
        time.sleep(seconds)
        for _ in range(total):
            bar.add(1)
    return stream.getvalue()


def test_one_photo_shows_the_time_and_no_rate(monkeypatch):
    monkeypatch.setattr(progress, "_SECONDS_A_TICK", 0.05)
    said = shown(monkeypatch, Terminal(), 1, seconds=1.3)
    assert {"coloring: 00:00", "coloring: 00:01"} <= set(re.findall(r"coloring: \d+:\d+", said))
    assert "/s" not in said
    assert shown(monkeypatch, io.StringIO(), 1) == ""


@pytest.mark.parametrize("stream", [Terminal, io.StringIO])
def test_several_show_how_many(monkeypatch, stream):
    said = shown(monkeypatch, stream(), 3)
    assert re.search(r"coloring: .*3( of |/)3", said)
