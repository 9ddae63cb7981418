"""A scanner that types: keys by their position, at exact moments, on a host of any layout."""

import time
from collections.abc import Mapping

from playwright.sync_api import Page

SHIFT = 8  # the modifier bit of the protocol

MARKS = {
    ":": ("Semicolon", True), "/": ("Slash", False), ".": ("Period", False), "-": ("Minus", False),
}  # fmt: skip

GERMAN: Mapping[str, str] = {
    ":": "Ö", "/": "-", "-": "ß", "Y": "Z", "Z": "Y", "y": "z", "z": "y",
}  # fmt: skip
"""What a German host makes of keys that a scanner set to a US keyboard presses."""


FRENCH: Mapping[str, str] = {
    ":": "M", "/": "!", ".": ":", "-": ")", "A": "Q", "Q": "A", "Z": "W", "W": "Z", "M": "?",
    "a": "q", "q": "a", "z": "w", "w": "z", "m": ",",
    **dict(zip("1234567890", "&é\"'(-è_çà", strict=True)),
}  # fmt: skip
"""What a French host makes of them: even the digits are others."""


class Keyboard:
    """Presses keys in a page and says when each was pressed, whatever the machine is busy with."""

    def __init__(self, page: Page, layout: Mapping[str, str] | None = None) -> None:
        self._line = page.context.new_cdp_session(page)
        self._layout = layout or {}

    def type(self, text: str, *, gap: float = 0.008, at: float | None = None) -> float:
        """Press a key for each character, so many seconds apart; return when the next is due."""
        moment = time.time() - gap * (len(text) + 1) if at is None else at
        for letter in text:
            position, shifted = _key(letter)
            typed = self._layout.get(letter, letter)
            self._press(position, typed, moment, SHIFT if shifted else 0)
            moment += gap
        return moment

    def enter(self, at: float) -> None:
        """Press Enter."""
        self._press("Enter", "\r", at, 0)

    def scan(self, text: str, **given: float) -> None:
        """Type a text as a scanner does, and end it with Enter."""
        self.enter(self.type(text, **given))

    def _press(self, code: str, text: str, moment: float, modifiers: int) -> None:
        key = "Enter" if code == "Enter" else text
        same = {"code": code, "key": key, "timestamp": moment, "modifiers": modifiers}
        number = {"windowsVirtualKeyCode": 13} if code == "Enter" else {}
        self._line.send("Input.dispatchKeyEvent", same | number | {"type": "keyDown", "text": text})
        self._line.send("Input.dispatchKeyEvent", same | number | {"type": "keyUp"})


def _key(letter: str) -> tuple[str, bool]:
    if letter.isdigit():
        return f"Digit{letter}", False
    if letter.isalpha():
        return f"Key{letter.upper()}", letter.isupper()
    return MARKS[letter]
