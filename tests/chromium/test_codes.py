"""Every picture of a code, read by a decoder that shares nothing with the one that drew it."""

from io import BytesIO

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page

from coupons import issuing, qr
from tests.chromium.conftest import Browse
from tests.chromium.house import House
from tests.chromium.picture import decoded

PNG_SIZES = (64, 65, 100, 127, 200, 300, 411, 640, 1000)
SVG_SIZES = (80, 100, 127, 200, 300, 411, 640, 1000)  # a browser gives each module what is left
LEVELS = tuple("LMQH")


@pytest.mark.parametrize("ec", LEVELS)
def test_the_png_of_a_coupon_is_read_at_every_size(house: House, ec: str) -> None:
    code = house.new_coupon()

    pictures = {n: house.picture(f"/coupons/{code}/qr.png?size={n}&ec={ec}") for n in PNG_SIZES}

    assert {n: decoded(one) for n, one in pictures.items()} == dict.fromkeys(
        PNG_SIZES, house.printed(code)
    )
    assert all(Image.open(BytesIO(one)).size == (n, n) for n, one in pictures.items())


@pytest.mark.parametrize("ec", LEVELS)
def test_the_svg_of_a_coupon_is_read_at_every_size(browse: Browse, house: House, ec: str) -> None:
    code = house.new_coupon()
    page = browse()

    svg = house.picture(f"/coupons/{code}/qr.svg?ec={ec}").decode()

    assert {n: decoded(drawn(page, svg, n)) for n in SVG_SIZES} == dict.fromkeys(
        SVG_SIZES, house.printed(code)
    )


@pytest.mark.parametrize("form", ["svg", "png"])
def test_the_picture_of_a_card_is_read(browse: Browse, house: House, form: str) -> None:
    number = house.new_card()

    picture = house.picture(f"/cards/{number}/qr.{form}")

    if form == "svg":
        picture = drawn(browse(), picture.decode(), 300)
    assert decoded(picture) == house.printed(number)


def test_an_address_in_upper_case_keeps_a_code_as_small_as_it_can_be() -> None:
    text = issuing.address("https://k.shop", "7KQF2M9PXTRA")

    [found] = zxingcpp.read_barcodes(
        Image.open(BytesIO(qr.png(text, 300))).convert("L"), formats=zxingcpp.BarcodeFormat.QRCode
    )

    assert text == "HTTPS://K.SHOP/C/7KQF2M9PXTRA"
    assert found.text == text
    assert (found.extra["Version"], found.extra["ECLevel"]) == ("2", "Q")  # bytes would need a 3
    assert len(qr.modules(text, "Q")) == 25 + 2 * qr.QUIET


def drawn(page: Page, svg: str, size: int) -> bytes:
    """Return an SVG as a browser draws it in a place of so many pixels."""
    page.set_viewport_size({"width": size, "height": size})
    page.set_content(f'<body style="margin: 0">{svg}</body>')
    return page.screenshot()
