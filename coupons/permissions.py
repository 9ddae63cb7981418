"""What may be done with coupons, and which roles may; the owner may all of it."""

PERMISSIONS: dict[str, tuple[str, ...]] = {
    "campaigns:read": ("manager", "marketer"),
    "campaigns:write": ("marketer",),
    "offers:read": ("manager", "marketer"),
    "offers:write": ("marketer",),
    "coupons:issue": ("marketer",),
    "coupons:read": ("manager", "marketer", "cashier"),
    "coupons:codes": ("marketer",),
    "coupons:stop": ("manager", "marketer"),
    "coupons:redeem": ("manager", "cashier"),
    "responses:read": ("manager", "marketer"),
    "responses:write": ("manager", "marketer", "cashier"),
    "reports:read": ("manager", "marketer"),
}
