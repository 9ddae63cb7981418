"""What the camera reads: codes of every kind, as they are held before it in a shop."""

from collections.abc import Callable
from io import BytesIO

import zxingcpp
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from coupons import qr
from tests.chromium.conftest import Browse, Camera
from tests.chromium.house import House
from tests.chromium.picture import FRAME
from tests.chromium.till import Till
from tests.chromium.watch import refused

WHITE = 255
Held = Callable[[Image.Image], Image.Image]


def drawn(text: str, kind: str, size: int = 330) -> Image.Image:
    """Draw a QR as the product prints it, or an old card's bars, with the quiet zone."""
    if kind == "QR":
        return Image.open(BytesIO(qr.png(text, size, "M"))).convert("L")
    code = zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, kind))
    bars = code.to_image(scale=5, add_quiet_zones=True)
    return Image.frombytes("L", (bars.shape[1], bars.shape[0]), bytes(bars))


def as_it_is(code: Image.Image) -> Image.Image:
    return code


def rotated(code: Image.Image) -> Image.Image:
    return code.rotate(33, expand=True, fillcolor=WHITE, resample=Image.Resampling.BICUBIC)


def lying(code: Image.Image) -> Image.Image:
    return ImageOps.contain(code.rotate(84, expand=True, fillcolor=WHITE), (1200, 700))


def dim(code: Image.Image) -> Image.Image:
    room = Image.new("L", FRAME, 150)
    room.paste(code, ((FRAME[0] - code.width) // 2, (FRAME[1] - code.height) // 2))
    return room.point(lambda light: 20 + light * 34 // 255)


def small(code: Image.Image) -> Image.Image:
    return ImageOps.contain(code, (130, 130))


def blurred(code: Image.Image) -> Image.Image:
    return code.filter(ImageFilter.GaussianBlur(2.2))


def tilted(code: Image.Image) -> Image.Image:
    w, h = code.size
    corners = (-0.1 * w, -0.25 * h, -0.1 * w, 1.25 * h, 1.1 * w, 1.1 * h, 1.1 * w, -0.1 * h)
    return code.transform((w, h), Image.Transform.QUAD, corners, fillcolor=WHITE)


def cracked(code: Image.Image) -> Image.Image:
    pen, (w, h) = ImageDraw.Draw(code), code.size
    pen.line((0.28 * w, 0, 0.62 * w, 0.5 * h, 0.5 * w, h), fill=90, width=5)
    pen.line((0.62 * w, 0.5 * h, w, 0.62 * h), fill=200, width=4)
    return code


def on_a_dark_screen(code: Image.Image) -> Image.Image:
    return ImageOps.invert(code)


def beside_another(code: Image.Image) -> Image.Image:
    sheet = Image.new("L", (1240, 560), WHITE)
    other = drawn("HTTPS://CARD.EXAMPLE/C/NOTTHISONE", "QR", 200)
    sheet.paste(other, (10, 10))
    sheet.paste(code, ((1240 - code.width) // 2, (560 - code.height) // 2))
    return sheet


HELD: list[tuple[str, str, Held]] = [
    ("HTTPS://CARD.EXAMPLE/C/PLAIN00001", "QR", as_it_is),
    ("HTTPS://CARD.EXAMPLE/C/ROTATED001", "QR", rotated),
    ("HTTPS://CARD.EXAMPLE/C/DIM0000001", "QR", dim),
    ("HTTPS://CARD.EXAMPLE/C/SMALL00001", "QR", small),
    ("HTTPS://CARD.EXAMPLE/C/BLURRED001", "QR", blurred),
    ("HTTPS://CARD.EXAMPLE/C/TILTED0001", "QR", tilted),
    ("HTTPS://CARD.EXAMPLE/C/CRACKED001", "QR", cracked),
    ("HTTPS://CARD.EXAMPLE/C/DARK000001", "QR", on_a_dark_screen),
    ("HTTPS://CARD.EXAMPLE/C/CENTRED001", "QR", beside_another),
    (f"HTTPS://CARD.EXAMPLE/C/7KQF2M9PXTRA.{'AB3DEFGH' * 16}", "QR", as_it_is),
    ("4006381333931", "EAN13", as_it_is),
    ("4006381333948", "EAN13", dim),
    ("KARTE-00471", "Code128", as_it_is),
    ("KARTE-00472", "Code128", blurred),
    ("KARTE-00473", "Code128", lying),
]


def test_a_camera_reads_what_is_held_before_it(
    house: House, camera: Camera, browse: Browse
) -> None:
    till = Till(browse(allowed=(refused(404), refused(429))), house).open()
    toggle = till.page.get_by_role("button", name="Camera")

    for text, kind, held in HELD:
        picture = BytesIO()
        held(drawn(text, kind)).save(picture, "PNG")
        camera.show(picture.getvalue())
        with till.page.expect_request("**/api/v1/scans") as asked:
            toggle.click()
        assert asked.value.post_data_json == {"code": text}, held.__name__
        toggle.click()
