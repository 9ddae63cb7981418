"""What may be done with cards, points and purchases; the owner may all of it."""

PERMISSIONS: dict[str, tuple[str, ...]] = {
    "cards:read": ("manager", "cashier"),
    "cards:write": ("manager",),
    "points:read": ("manager",),
    "points:adjust": ("manager",),
    "programme:read": ("manager", "marketer"),
    "programme:write": (),
    "purchases:read": ("manager",),
    "purchases:void": ("manager", "cashier"),
    "purchases:void-any": ("manager",),
}
