"""The products that something is about."""

from typing import Any

from flask_babel import lazy_gettext

from core.pages.forms import ListField, whole
from core.pages.parts import Part, PartField

MOST_PIECES = 1_000_000
ONE_A_LINE = lazy_gettext("One a line.")
NUMBERS = lazy_gettext("Numbers (SKU, EAN), one a line.")


def skus(label: Any, **given: Any) -> ListField:
    """Return a field of products by their numbers."""
    return ListField(label, most=20_000, description=NUMBERS, **given)


def categories(label: Any, **given: Any) -> ListField:
    """Return a field of categories, in whose names there may be commas."""
    note = lazy_gettext("As your till names them, one a line.")
    return ListField(label, length=100, commas=False, description=note, **given)


def tags(label: Any, **given: Any) -> ListField:
    """Return a field of tags."""
    return ListField(label, most=100, length=60, commas=False, description=ONE_A_LINE, **given)


class On(Part):
    """Products by number, category or tag; all of them where none is named."""

    note = lazy_gettext(
        "Empty: all products. The till in the browser knows the total only. What is for certain "
        "products needs a till software that sends what is in the basket."
    )

    skus = skus(lazy_gettext("These products"))
    categories = categories(lazy_gettext("These categories"))
    tags = tags(lazy_gettext("Products with these tags"))


class OnField(PartField):
    """Which products something is about, folded up while it is about all of them."""

    def __init__(self, label: Any = None, *, part: type[On] = On, **given: Any) -> None:
        super().__init__(part, label or lazy_gettext("Only on certain products"), **given)


class Some(Part):
    """So many pieces of some products."""

    quantity = whole(lazy_gettext("Pieces"), least=1, most=MOST_PIECES, default=1)
    on = OnField()
