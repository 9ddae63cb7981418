"""The frame of /admin, and the door through which other packages add to it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, current_app, g, request, url_for
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session

from core import web

admin = Blueprint("admin", __name__, url_prefix="/admin")
"""Every page of the desk that belongs to core."""

GROUPS = {
    "top": None,
    "marketing": lazy_gettext("Marketing"),
    "customers": lazy_gettext("Customers"),
    "house": lazy_gettext("House"),
}
"""The groups of the navigation, in their order, with their headings."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A section of the desk in the navigation; smaller orders come first in their group."""

    label: Any
    endpoint: str
    permission: str
    icon: str
    group: str
    order: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """Something a new merchant still has to do, until ``done`` says that it is."""

    label: Any
    text: Any
    endpoint: str
    permission: str
    order: int
    done: Callable[[Session], bool]


@dataclass(frozen=True, slots=True)
class Figure:
    """A key figure of the overview, worded by ``show`` for this moment; None leaves it out."""

    label: Any
    endpoint: str
    permission: str
    order: int
    show: Callable[[Session, datetime], str | None]


@dataclass(frozen=True, slots=True)
class Link:
    """A link on the page of one thing, such as a staff member, to a page of another package."""

    place: str
    label: Any
    endpoint: str
    permission: str


@dataclass(slots=True)
class Desk:
    """What the sections of the desk are; each package adds its own in its ``init_app``.

    Attributes:
        choices: looks up the things that forms let one choose from, each with what it is called,
            by the name of their source.
        draw: makes a text a QR code, as an address of a picture; a package that can, puts it here.
    """

    entries: list[Entry] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    choices: dict[str, Callable[[Session], Iterable[tuple[str, Any]]]] = field(default_factory=dict)
    draw: Callable[[str], str | None] = lambda text: None  # noqa: ARG005


def of(app: Flask) -> Desk:
    """Return the desk of an application."""
    found: Desk = app.extensions["desk"]
    return found


def here() -> Desk:
    """Return the desk of the application that answers."""
    return of(current_app)


def context() -> dict[str, Any]:
    """Return what every template may use."""
    return {
        "may": may,
        "works_for": web.actor().works_for,
        "merchant": g.get("merchant"),
        "staff_name": web.actor().name,
        "navigation": navigation,
        "links_of": links_of,
    }


def may(permission: str, shop_id: UUID | None = None) -> bool:
    """Tell whether who asks holds a permission, and works for the shop it is about, if it is."""
    actor = web.actor()
    return actor.may(permission) and (shop_id is None or actor.works_for(shop_id))


def navigation() -> Iterator[tuple[Any, list[tuple[Entry, str, str | None]]]]:
    """Yield the groups of the navigation: their heading, and their entries with an address each.

    The last of the three is what ``aria-current`` says of an entry, if anything.
    """
    entries = sorted(here().entries, key=lambda entry: entry.order)
    for group, title in GROUPS.items():
        shown = [
            (entry, address, _current(address))
            for entry in entries
            if entry.group == group and may(entry.permission)
            for address in [url_for(entry.endpoint)]
        ]
        if shown:
            yield title, shown


def _current(address: str) -> str | None:
    path = request.script_root + request.path
    if path == address:
        return "page"
    inside = path.startswith(f"{address}/") and address != url_for("admin.overview")
    return "true" if inside else None


def links_of(place: str, id: UUID) -> list[tuple[Any, str]]:
    """Return the links that other packages put on the page of one thing."""
    return [
        (link.label, url_for(link.endpoint, id=id))
        for link in here().links
        if link.place == place and may(link.permission)
    ]
