"""QR codes as pictures: black on white with their quiet zone, so that every scanner reads them.

Text in upper case, such as the addresses of cards and coupons, takes QR's compact alphanumeric
mode: fewer and larger modules.
"""

from functools import lru_cache
from io import BytesIO
from itertools import groupby

import qrcode
from PIL import Image

QUIET = 4
"""Modules of white around the code that the standard asks for."""

LEVELS = {"L": 1, "M": 0, "Q": 3, "H": 2}
"""How much may be damaged (7, 15, 25, 30 %), as the qrcode package numbers it."""


@lru_cache(maxsize=512)
def modules(text: str, ec: str) -> tuple[tuple[bool, ...], ...]:
    """Return the squares of a code, quiet zone included, row by row; true is black."""
    code = qrcode.QRCode(error_correction=LEVELS[ec], border=QUIET)
    code.add_data(text, optimize=0)
    code.make(fit=True)
    return tuple(tuple(bool(square) for square in row) for row in code.get_matrix())


def svg(text: str, *, ec: str = "Q", size: int | None = None) -> str:
    """Return a code as SVG, as large as its place unless a size is given.

    It has no style of its own beyond two colours, and no name: whoever shows it says what it is.
    """
    rows = modules(text, ec)
    n = len(rows)
    runs = "".join(_runs(y, row) for y, row in enumerate(rows))
    extent = f' width="{size}" height="{size}"' if size else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {n} {n}"{extent}'
        f' shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{n}v{n}H0z"/>'
        f'<path stroke="#000" d="{runs}"/></svg>'
    )


def _runs(y: int, row: tuple[bool, ...]) -> str:
    """Return the black stretches of a row as strokes, each from the end of the one before."""
    found: list[str] = []
    x = end = 0
    for is_black, squares in groupby(row):
        length = len(tuple(squares))
        if is_black:
            start = f"m{x - end} 0" if found else f"M{x} {y}.5"
            found.append(f"{start}h{length}")
            end = x + length
        x += length
    return "".join(found)


def png(text: str, size: int, ec: str = "Q") -> bytes:
    """Return a code as a PNG of so many pixels a side, or more if it could not be read in fewer.

    Every module is the same whole number of pixels; what is left over widens the quiet zone.
    """
    rows = modules(text, ec)
    n = len(rows)
    size = max(size, n)
    scale = size // n
    image = Image.new("1", (n, n), 1)
    image.putdata([not square for row in rows for square in row])
    large = image.resize((n * scale, n * scale), Image.Resampling.NEAREST)
    sheet = Image.new("1", (size, size), 1)
    rest = (size - n * scale) // 2
    sheet.paste(large, (rest, rest))
    written = BytesIO()
    sheet.save(written, "PNG", optimize=True)
    return written.getvalue()
