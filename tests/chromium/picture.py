"""Pictures in and out: what a camera shows, and what an independent decoder reads."""

from io import BytesIO
from pathlib import Path

import zxingcpp
from PIL import Image

FRAME = (1280, 720)


def decoded(picture: bytes | Image.Image) -> str:
    """Return what zxing-cpp reads from a picture that holds exactly one code."""
    image = picture if isinstance(picture, Image.Image) else Image.open(BytesIO(picture))
    found = zxingcpp.read_barcodes(image.convert("L"), formats=zxingcpp.BarcodeFormat.QRCode)
    assert len(found) == 1, f"{len(found)} codes in the picture"
    return str(found[0].text)


def film(path: Path, picture: bytes | None) -> None:
    """Write a video of two frames in which the picture is held before a grey wall."""
    wall = Image.new("L", FRAME, 150)
    if picture:
        paper = Image.open(BytesIO(picture)).convert("L")
        wall.paste(paper, ((FRAME[0] - paper.width) // 2, (FRAME[1] - paper.height) // 2))
    grey = bytes([128]) * (FRAME[0] * FRAME[1] // 2)  # both colour planes
    frame = b"FRAME\n" + wall.tobytes() + grey
    head = f"YUV4MPEG2 W{FRAME[0]} H{FRAME[1]} F10:1 Ip A1:1 C420jpeg\n".encode()
    path.write_bytes(head + frame * 2)
