"""What the scripts that draw the pages' pictures share: their flags, and the JPEG."""

import argparse
import io
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from sheet import contact_sheet

from colorizer_tf import Colorizer
from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.base.files import write_atomic

WIDTH, QUALITY = 1600, 85


def draw_picture(
    about: str, out: str, rows: Callable[[Colorizer], list[list[np.ndarray]]], model: str = ""
) -> int:
    """Parse the flags, write the rows as one JPEG of README's width, and give the exit code.

    Args:
        about: the script's docstring.
        out: where the picture goes by default.
        rows: of a colorizer, pictures in rows.
        model: by default, in place of the default that ships.
    """
    script = Path(sys.argv[0]).stem
    parser = argparse.ArgumentParser(description=about.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path(out))
    parser.add_argument("--model", default=model or None, help="another one that ships, or a path")
    args = parser.parse_args()
    try:
        colorizer = Colorizer(args.model)
    except ColorizerError as error:
        print(f"{script}: {error}", file=sys.stderr)
        return 1
    data = encode(contact_sheet(rows(colorizer)))
    write_atomic(args.out, data)
    print(f"{args.out}: {len(data) / 1000:.0f} kB, by {colorizer.name}")
    return 0


def encode(sheet: np.ndarray) -> bytes:
    """The sheet as a JPEG."""
    image = Image.fromarray(sheet)
    file = io.BytesIO()
    image.resize((WIDTH, round(image.height * WIDTH / image.width)), Image.Resampling.LANCZOS).save(
        file, "JPEG", quality=QUALITY, optimize=True
    )
    return file.getvalue()
