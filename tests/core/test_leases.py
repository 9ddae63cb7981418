"""How long a till may go on without a line."""

from datetime import timedelta

from sqlalchemy.orm import Session

from core import leases
from core.models import Lease, Till
from tests.factories import NOON, make_till

HOUR = timedelta(hours=1)


def give(session: Session, till: Till, hours: int, later: timedelta = timedelta()) -> Lease:
    found = leases.give(session, till.id, hours=hours, at=NOON + later)
    assert found is not None
    return found


def test_a_till_that_asks_again_goes_on_for_longer_under_the_same_lease(session: Session) -> None:
    till, _ = make_till(session)
    other, _ = make_till(session)

    first = give(session, till, 24)
    first_until = first.expires_at
    again = give(session, till, 24, HOUR)

    assert (first_until, again.expires_at) == (NOON + 24 * HOUR, NOON + 25 * HOUR)
    assert again.id == first.id
    assert give(session, other, 24, HOUR).id != first.id


def test_a_lease_is_as_young_as_it_is_long(session: Session) -> None:
    till, _ = make_till(session)
    first = give(session, till, 24)
    give(session, till, 24, 23 * HOUR)

    next_one = give(session, till, 24, 24 * HOUR)

    assert next_one.id != first.id
    assert (next_one.issued_at, first.expires_at) == (NOON + 24 * HOUR, NOON + 47 * HOUR)


def test_shorter_rules_shorten_no_lease_that_was_given(session: Session) -> None:
    till, _ = make_till(session)
    long = give(session, till, 24)

    short = give(session, till, 2, HOUR)

    assert short.id != long.id
    assert (long.expires_at, short.expires_at) == (NOON + 24 * HOUR, NOON + 3 * HOUR)


def test_where_no_till_may_go_on_there_is_no_lease(session: Session) -> None:
    till, _ = make_till(session)

    assert leases.give(session, till.id, hours=0, at=NOON) is None
