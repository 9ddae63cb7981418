"""What time does to referrals, written down so that lists and books can be read at rest."""

from datetime import datetime

from sqlalchemy import bindparam, update

from core.db import Database, table
from loyalty import traces
from loyalty.models import Referral
from loyalty.referrals import rewards

_OF = table(Referral)
_EXPIRE = (
    update(_OF)
    .where(_OF.c.state == "attributed", _OF.c.expires_at <= bindparam("moment"))
    .values(state="expired", ended_at=_OF.c.expires_at)
)


def sweep(database: Database, at: datetime) -> None:
    """Give what is due, end what nobody bought for in time, and forget old traces."""
    while database.transact(lambda session: rewards.give_due(session.connection(), at=at)):
        pass
    database.transact(lambda session: session.connection().execute(_EXPIRE, {"moment": at}))
    traces.tidy(database, at)
