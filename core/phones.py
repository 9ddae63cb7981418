"""Phone numbers, in the one form in which they are kept and looked for: E.164."""

from functools import cache

import phonenumbers
from babel.core import get_global

from core.errors import N_

WRONG = N_("Not a phone number. Write it with its country, such as +47 22 86 44 00.")


def read(text: str, zone: str) -> str | None:
    """Return a number as it is kept, or None of what is none.

    One without its country is of the country that the time zone lies in, and must be in use there:
    what could be read wrongly is not read. With its country, its length must fit.
    """
    for country, is_right in (
        (None, phonenumbers.is_possible_number),
        (country_of(zone), phonenumbers.is_valid_number),
    ):
        try:
            number = phonenumbers.parse(text, country)
        except phonenumbers.NumberParseException:
            continue
        if is_right(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return None


@cache
def country_of(zone: str) -> str | None:
    """Return the country a time zone lies in, such as DE; UTC and CET name no place in any."""
    if "/" not in zone:
        return None
    territories = get_global("zone_territories")
    country = territories.get(get_global("zone_aliases").get(zone, zone))
    return country if country in phonenumbers.SUPPORTED_REGIONS else None
