"""How somebody proves who they are at a till: a PIN or a badge, with wrong tries counted.

The PIN is checked between transactions, as it takes long on purpose. A try is counted before it is
looked at, so that guesses sent all at once count as well.
"""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from core import badges, staff, throttle, web
from core.errors import SignInFailed
from core.models import Staff, Till
from core.throttle import Limit


def by_pin(till: Till, staff_id: UUID | None, pin: str, *, at: datetime) -> Staff:
    """Return the one who works at a till and whose PIN this is.

    Raises:
        SignInFailed: there is nobody like that here, or it is not their PIN.
        TooManyAttempts: too many PINs were tried for this name, or at this till.
    """

    def look(session: Session) -> Staff | None:
        return next((one for one in staff.at_till(session, till) if one.id == staff_id), None)

    person = _look(look, limits := _limits(till, staff_id), at=at)
    if not staff.matches(person.pin_hash if person else None, pin[:64]) or person is None:
        raise SignInFailed
    return _proven(person, limits)


def by_badge(till: Till, code: str, *, at: datetime) -> Staff:
    """Return the one who works at a till and whose badge this is.

    Raises:
        SignInFailed: it is nobody's, or of nobody who works here.
        TooManyAttempts: too many were tried at this till.
    """
    limits = _limits(till, None)
    person = _look(lambda session: badges.holder(session, till, code), limits, at=at)
    if person is None:
        raise SignInFailed
    return _proven(person, limits)


def _limits(till: Till, staff_id: UUID | None) -> dict[str, Limit]:
    return {
        throttle.subject("pin", till.id, staff_id or ""): throttle.PIN,
        throttle.subject("pin-till", till.id): throttle.PIN_TILL,
    }


def _look(
    look: Callable[[Session], Staff | None], limits: dict[str, Limit], *, at: datetime
) -> Staff | None:
    def count(session: Session) -> Staff | None:
        throttle.check(session, limits, at=at)
        throttle.fail(session, limits, at=at)
        return look(session)

    return web.database().transact(count)


def _proven(person: Staff, limits: dict[str, Limit]) -> Staff:
    web.database().transact(lambda session: throttle.clear(session, limits))
    return person
