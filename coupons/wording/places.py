"""The live counter of an early bird, in words that fit on a phone."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from core.i18n import gettext, ngettext, show_end, show_number
from coupons.places import Counter
from coupons.wording.benefits import benefit

Terms = dict[str, Any]


def counter(terms: Terms, found: Counter, *, at: datetime) -> list[str]:
    """Return where an early bird stands: how many places are left or until when, and what then."""
    if found.benefit is None:
        return [sold_out(terms)]
    if found.step is None:
        return [gettext("The early bird is over")]
    return [*_left(terms, found), *_then(terms, found.step, at=at)]


def sold_out(terms: Terms) -> str:
    """Return that nothing of an early bird is left, as far as there were places at all."""
    firsts = [step["first"] for step in terms["steps"] if step.get("first")]
    if not firsts:
        return gettext("The early bird is over")
    return ngettext(
        "Sold out: the only place is taken",
        "Sold out: all %(shown)s places are taken",
        firsts[-1],
        shown=show_number(firsts[-1]),
    )


def _left(terms: Terms, found: Counter) -> Iterator[str]:
    if found.left is not None and found.step is not None:
        places = _places(terms["steps"], found.step)
        yield ngettext(
            "%(left)s of %(shown)s place left",
            "%(left)s of %(shown)s places left",
            places,
            left=show_number(found.left),
            shown=show_number(places),
        )
    elif found.until:
        yield gettext("Until %(day)s", day=show_end(found.until))


def _places(steps: list[Terms], number: int) -> int:
    """Return how many places a step has; ``first`` counts those of the steps before it too."""
    before = [step["first"] for step in steps[:number] if step.get("first")]
    first: int = steps[number]["first"]
    return first - (before[-1] if before else 0)


def _then(terms: Terms, number: int, *, at: datetime) -> Iterator[str]:
    """Yield what follows the step that holds, if anything does; days that are over do not."""
    for step in terms["steps"][number + 1 :]:
        said = benefit(step["benefit"])
        if not step.get("until"):
            yield gettext("then, while places last: %(benefit)s", benefit=said)
            return
        until = datetime.fromisoformat(step["until"])
        if until > at:
            yield gettext("then until %(day)s: %(benefit)s", day=show_end(until), benefit=said)
            return
    if terms.get("after"):
        yield gettext("then: %(benefit)s", benefit=benefit(terms["after"]))
