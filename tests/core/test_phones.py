"""What a phone number is read as, with its country and without, by the time zone of the place."""

import pytest

from core import phones

BERLIN, OSLO, NEW_YORK = "Europe/Berlin", "Europe/Oslo", "America/New_York"


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        # as it is said at the counter
        ("0171 2345678", BERLIN, "+491712345678"),
        ("(0171) 234-56-78", BERLIN, "+491712345678"),
        (" 0171/2345678 ", BERLIN, "+491712345678"),
        ("22 86 44 00", OSLO, "+4722864400"),
        ("212 555 0123", NEW_YORK, "+12125550123"),
        ("06 1234 5678", "Europe/Rome", "+390612345678"),
        ("8 912 345-67-89", "Europe/Moscow", "+79123456789"),
        # with its country, which the place does not change
        ("+49 171 2345678", OSLO, "+491712345678"),
        ("+47 22 86 44 00", BERLIN, "+4722864400"),
        ("+47 22 86 44 00", "UTC", "+4722864400"),
        ("0047 22 86 44 00", BERLIN, "+4722864400"),
        ("011 47 22 86 44 00", NEW_YORK, "+4722864400"),
        # other names of a zone
        ("098765 43210", "Asia/Kolkata", "+919876543210"),
        ("098765 43210", "Asia/Calcutta", "+919876543210"),
        ("050 123 4567", "Europe/Kyiv", "+380501234567"),
        ("050 123 4567", "Europe/Kiev", "+380501234567"),
        ("212 555 0123", "US/Eastern", "+12125550123"),
        # no country that could be meant
        ("0171 2345678", "UTC", None),
        ("0171 2345678", "Etc/GMT-1", None),
        ("0475 12 34 56", "CET", None),
        ("0047 22 86 44 00", "UTC", None),
        ("22 86 44 00", "Antarctica/Troll", None),
        # not in use there: rather refused than read wrongly
        ("0171 2345678", OSLO, None),
        ("0171 2345678", "Europe/Zurich", None),
        ("555-1234", NEW_YORK, None),
        ("12", BERLIN, None),
        ("call me", BERLIN, None),
        ("", BERLIN, None),
        ("+12", BERLIN, None),
    ],
)
def test_a_number_is_read_as_one_of_the_place(text: str, zone: str, expected: str | None) -> None:
    assert phones.read(text, zone) == expected
    if expected:
        assert phones.read(expected, "UTC") == expected
