"""A code that is drawn is read again, whoever draws it and however it is shown."""

import io
import re

import pytest
import zxingcpp
from PIL import Image

from core import ids
from coupons import issuing, qr

TEXT = issuing.address("https://card.example", "7KQF9Z3M8ABC")


def read(picture: Image.Image) -> list[str]:
    return [
        found.text
        for found in zxingcpp.read_barcodes(
            picture.convert("L"), formats=zxingcpp.BarcodeFormat.QRCode
        )
    ]


def rasterise(svg: str, scale: int) -> Image.Image:
    """Draw the strokes of our own SVG as a browser would."""
    found = re.search(r'viewBox="0 0 (\d+) \1"', svg)
    assert found
    size = int(found[1])
    picture = Image.new("L", (size, size), 255)
    path = re.findall(r' d="([^"]*)"', svg)[1]
    x = y = 0
    for letter, first, second in re.findall(r"([Mmh])(\d+)(?: ([\d.]+))?", path):
        if letter == "M":
            x, y = int(first), int(float(second))
        elif letter == "m":
            x += int(first)
        else:
            for _ in range(int(first)):
                picture.putpixel((x, y), 0)
                x += 1
    return picture.resize((size * scale, size * scale), Image.Resampling.NEAREST)


@pytest.mark.parametrize("ec", ["L", "M", "Q", "H"])
def test_what_is_drawn_is_what_is_read(ec: str) -> None:
    assert read(Image.open(io.BytesIO(qr.png(TEXT, 300, ec)))) == [TEXT]
    assert read(rasterise(qr.svg(TEXT, ec=ec), 6)) == [TEXT]


def test_many_codes_are_read_again() -> None:
    for _ in range(50):
        text = issuing.address("https://card.example", ids.new_code())

        assert read(rasterise(qr.svg(text), 4)) == [text]


def test_an_address_takes_the_compact_mode() -> None:
    upper, lower = qr.modules(TEXT, "Q"), qr.modules(TEXT.lower(), "Q")

    assert len(upper) < len(lower)


def test_there_are_four_white_modules_around() -> None:
    rows = qr.modules(TEXT, "Q")

    edges = [*rows[:4], *rows[-4:], *([row[:4] + row[-4:] for row in rows])]
    assert not any(any(edge) for edge in edges)
    assert any(rows[4])


@pytest.mark.parametrize("size", [1, 37, 200, 288, 1000])
def test_a_picture_has_the_size_that_was_asked_for_or_the_least_there_is(size: int) -> None:
    picture = Image.open(io.BytesIO(qr.png(TEXT, size)))

    least = len(qr.modules(TEXT, "Q"))
    assert picture.size == (max(size, least),) * 2


def test_a_picture_needs_no_style_and_has_a_size_only_if_asked() -> None:
    plain, sized = qr.svg(TEXT), qr.svg(TEXT, size=288)

    assert "style" not in plain
    assert "width" not in plain.split(">")[0]
    assert 'width="288" height="288"' in sized
    assert len(plain) < 2500


def test_a_text_cannot_break_out_of_the_picture() -> None:
    drawn = qr.svg('"/><script>alert(1)</script>')

    assert "script" not in drawn
