"""API keys: how programs are let in."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from core import audit, ids, shops
from core.auth import PERMISSIONS, SYSTEM, Actor, check_granted, hashed, of_scopes
from core.db import locked, table
from core.errors import N_, InvalidRequest, NotFound
from core.models import ApiKey, AuditEntry

_KEY = table(ApiKey)
_VALID = select(_KEY.c.id, _KEY.c.name, _KEY.c.scopes, _KEY.c.shop_id, _KEY.c.expires_at).where(
    _KEY.c.token_hash == bindparam("hash"), _KEY.c.revoked_at.is_(None)
)


def add(
    session: Session,
    name: str,
    *,
    scopes: list[str],
    shop_id: UUID | None = None,
    expires_at: datetime | None = None,
    actor: Actor,
    at: datetime,
) -> tuple[ApiKey, str]:
    """Make a key and return it with its secret, which is shown this once.

    Raises:
        InvalidRequest: a scope is unknown, or there is none; it would have ended already.
        NotAllowed: the actor does not hold a scope.
        WrongShop: the actor works for another shop only.
    """
    unknown = sorted(set(scopes) - set(PERMISSIONS) - {"all"})
    if unknown or not scopes:
        raise InvalidRequest({"scopes": [N_("Not a scope."), *unknown]})
    if expires_at and expires_at <= at:
        raise InvalidRequest({"expires_at": [N_("The end must lie in the future.")]})
    check_granted(actor, of_scopes(scopes))
    shops.check_own(actor, shop_id)
    token = f"lk_{ids.new_token()}"
    key = ApiKey(
        name=name,
        token_hash=hashed(token),
        scopes=sorted(set(scopes)),
        shop_id=shop_id,
        created_at=at,
        expires_at=expires_at,
    )
    session.add(key)
    session.flush()
    new = {"name": name, "scopes": key.scopes}
    audit.record(session, actor, "key.added", ids.public("ke", key.id), new=new, at=at)
    return key, token


def revoke(session: Session, id: UUID, *, actor: Actor, at: datetime) -> ApiKey:
    """Shut a key out for ever. Doing it twice changes nothing.

    Raises:
        NotFound: there is no such key.
        WrongShop: it is for another shop, or for all, and the actor works for one only.
    """
    key = session.scalar(locked(select(ApiKey).where(ApiKey.id == id)))
    if key is None:
        raise NotFound(what="key")
    shops.check_own(actor, key.shop_id)
    if key.revoked_at is None:
        key.revoked_at = at
        audit.record(session, actor, "key.revoked", ids.public("ke", id), at=at)
    return key


def makers(session: Session, name: str) -> list[str]:
    """Return an actor by name, and if it is a key who made it, and who made that one, and so on.

    What the command line made was made by nobody in particular.
    """
    found = [name]
    while found[-1].startswith("key:"):
        subject = ids.public("ke", UUID(hex=found[-1].partition(":")[2]))
        made = (AuditEntry.action == "key.added", AuditEntry.subject == subject)
        maker = session.scalar(select(AuditEntry.actor).where(*made))
        if maker is None or maker == str(SYSTEM):
            break
        found.append(maker)
    return found


def actor_of(session: Session, token: str, *, at: datetime) -> Actor | None:
    """Return the actor a key stands for, while it is valid."""
    key = session.connection().execute(_VALID, {"hash": hashed(token)}).one_or_none()
    if key is None or (key.expires_at and key.expires_at <= at):
        return None
    return Actor(
        "key", key.id, name=key.name, permissions=of_scopes(key.scopes), shop_id=key.shop_id
    )
