"""Who is asking, and what they may do. Whatever is not granted is denied."""

import hashlib
from dataclasses import dataclass, field
from uuid import UUID

from core import ids
from core.errors import NotAllowed

ROLES = ("owner", "manager", "marketer", "cashier")

PUBLIC = "public"
"""The permission of what anybody may see."""

PERMISSIONS: dict[str, tuple[str, ...]] = {
    "admin:open": ("manager", "marketer"),
    "shops:read": ("manager", "marketer"),
    "shops:write": (),
    "tills:write": ("manager",),
    "staff:read": ("manager",),
    "staff:write": (),
    "keys:write": (),
    "audit:read": ("manager",),
    "jobs:read": ("manager", "marketer"),
    "jobs:stop": ("marketer",),
    "customers:read": ("manager",),
    "customers:enrol": ("manager", "cashier"),
    "customers:write": ("manager",),
    "till:open": ("manager", "cashier"),
    "till:approve": ("manager",),
    "till-rules:read": ("manager",),
    "till-rules:write": (),
}
"""Every permission with the roles that hold it; the owner holds all. Parts add their own."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever a request comes from.

    Attributes:
        kind: staff, till (a staff member signed on at one), key, or nobody.
        id: of the staff member or the key.
        permissions: everything this actor may do.
        shop_id: the only shop this actor works for, if there is just one.
    """

    kind: str
    id: UUID | None = None
    name: str = ""
    role: str | None = None
    permissions: frozenset[str] = field(default_factory=frozenset)
    shop_id: UUID | None = None
    till_id: UUID | None = None

    def may(self, permission: str) -> bool:
        """Tell whether this actor holds a permission."""
        return permission == PUBLIC or permission in self.permissions

    def works_for(self, shop_id: UUID | None) -> bool:
        """Tell whether this actor works for a shop; for all of them, if none is named."""
        return self.shop_id in (None, shop_id)

    def __str__(self) -> str:
        """Return the name for the audit log and for keys: a kind and an id, never a person."""
        return f"{self.kind}:{self.id.hex}" if self.id else self.kind

    @property
    def staff_id(self) -> UUID | None:
        """Return the staff member behind the request, if there is one."""
        return self.id if self.kind in ("staff", "till") else None


NOBODY = Actor("nobody")
SYSTEM = Actor("system")


def of_role(role: str) -> frozenset[str]:
    """Return the permissions of a role."""
    if role == "owner":
        return frozenset(PERMISSIONS)
    return frozenset(name for name, roles in PERMISSIONS.items() if role in roles)


def at_a_till(role: str) -> frozenset[str]:
    """Return what a role may do where it has proven itself by no more than a PIN."""
    return of_role(role) & of_role("cashier")


def check_granted(actor: Actor, permissions: frozenset[str]) -> None:
    """Let through who gives to others only what they hold themselves.

    Raises:
        NotAllowed: the actor would give away more.
    """
    if actor != SYSTEM and (beyond := sorted(permissions - actor.permissions)):
        raise NotAllowed(permission=beyond[0])


def of_scopes(scopes: list[str]) -> frozenset[str]:
    """Return the permissions of an API key; ``all`` stands for every one."""
    return frozenset(PERMISSIONS) if "all" in scopes else frozenset(scopes) & frozenset(PERMISSIONS)


def hashed(token: str) -> str:
    """Return the form in which a random token is kept.

    A plain digest is right here and only here: the token has 256 random bits, so there is
    nothing to guess that a slow hash would slow down.
    """
    return hashlib.sha256(token.encode()).hexdigest()


def new_token() -> tuple[str, str]:
    """Return a fresh token, to be shown once, and its hash."""
    token = ids.new_token()
    return token, hashed(token)
