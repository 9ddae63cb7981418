"""When will it hold? For what does not hold now, where only the time is against it."""

from datetime import datetime

from core.errors import Refusal
from coupons.conditions.case import Case
from coupons.conditions.customers import Birthday
from coupons.conditions.errors import Excluded, NotYourBirthday
from coupons.conditions.groups import Group
from coupons.conditions.reading import OF
from coupons.conditions.times import OnDates, WeeklyHours, begins


def next_chance(no: Refusal, conditions: Group, case: Case) -> datetime | None:
    """Return the first moment after that of a refusal at which the answer may be another.

    Nothing, if time alone does not help; whether that moment does must be asked again.
    """
    if found := begins(no):
        return found
    if isinstance(no, NotYourBirthday):
        kind = Birthday.kind
    elif isinstance(no, Excluded):
        kind = no.facts["condition"]
    else:
        return None
    timed = (one for one in conditions if isinstance(one, OnDates | WeeklyHours | Birthday))
    asked = (one for one in timed if one.kind == kind or kind in OF)
    return min(
        (moment for one in asked for moment in one.changes(case) if moment > case.at), default=None
    )
