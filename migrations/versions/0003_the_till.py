"""The till: holds, offline, approvals, blank cards, what a till is told and measured by."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from alembic import op


revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

CHECKS: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "card": (
        {"state_known": "state IN ('active', 'blocked', 'replaced')"},
        {
            "state_known": "state IN ('active', 'blocked', 'replaced', 'blank')",
            "blank_is_nobodys": "(state = 'blank') = (customer_id IS NULL)",
        },
    ),
    "programme": ({}, {"printed_points_not_negative": "printed_points >= 0"}),
    "purchase": ({}, {"leased_offline_only": "offline OR lease_id IS NULL"}),
    "redemption": (
        {
            "state_known": "state IN ('redeemed', 'returned', 'voided')",
            "undone_has_a_when": "(state = 'redeemed') = (voided_at IS NULL)",
        },
        {
            "state_known": "state IN ('redeemed', 'returned', 'voided', 'conflict')",
            "undone_has_a_when": "(state IN ('redeemed', 'conflict')) = (voided_at IS NULL)",
            "conflict_takes_no_use": "(state = 'conflict') = (ordinal IS NULL)",
        },
    ),
}
"""By table: the CHECKs that go, and those that come."""


@contextmanager
def changed(table: str, gone: dict[str, str], come: dict[str, str]) -> Iterator[Any]:
    """Alter a table together with its CHECKs."""
    with op.batch_alter_table(table) as batch:
        for name in gone:
            batch.drop_constraint(op.f(f"ck_{table}_{name}"), type_="check")
        yield batch
        for name, sql in come.items():
            batch.create_check_constraint(op.f(f"ck_{table}_{name}"), sql)


def up(table: str) -> Any:
    return changed(table, *CHECKS[table])


def down(table: str) -> Any:
    come, gone = CHECKS[table]
    return changed(table, gone, come)


def upgrade() -> None:
    op.create_table(
        "signing_key",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("public", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "number BETWEEN 1 AND 255", name=op.f("ck_signing_key_number_in_a_byte")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_key")),
        sa.UniqueConstraint("number", name=op.f("uq_signing_key_number")),
        sa.UniqueConstraint("public", name=op.f("uq_signing_key_public")),
    )
    op.create_table(
        "till_rules",
        sa.Column("singleton", sa.Integer(), nullable=False),
        sa.Column("lock_minutes", sa.Integer(), nullable=False),
        sa.Column("void_minutes", sa.Integer(), nullable=False),
        sa.Column("approve_above", sa.BigInteger(), nullable=True),
        sa.Column("offline_hours", sa.Integer(), nullable=False),
        sa.Column("offline_most", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "approve_above >= 0 AND offline_most >= 0",
            name=op.f("ck_till_rules_amounts_not_negative"),
        ),
        sa.CheckConstraint(
            "lock_minutes BETWEEN 1 AND 720", name=op.f("ck_till_rules_lock_minutes_in_range")
        ),
        sa.CheckConstraint(
            "offline_hours BETWEEN 0 AND 168", name=op.f("ck_till_rules_offline_hours_in_range")
        ),
        sa.CheckConstraint("singleton = 1", name=op.f("ck_till_rules_only_one")),
        sa.CheckConstraint(
            "void_minutes BETWEEN 0 AND 525600", name=op.f("ck_till_rules_void_minutes_in_range")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_till_rules")),
        sa.UniqueConstraint("singleton", name=op.f("uq_till_rules_singleton")),
    )
    op.create_table(
        "display",
        sa.Column("till_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("shown", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["till_id"], ["till.id"], name=op.f("fk_display_till_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_display")),
        sa.UniqueConstraint("till_id", name=op.f("uq_display_till_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_display_token_hash")),
    )
    op.create_table(
        "lease",
        sa.Column("till_id", sa.Uuid(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("issued_at < expires_at", name=op.f("ck_lease_runs_forwards")),
        sa.ForeignKeyConstraint(["till_id"], ["till.id"], name=op.f("fk_lease_till_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lease")),
    )
    with op.batch_alter_table("lease", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_lease_till_id_issued_at"), ["till_id", "issued_at"], unique=False
        )

    op.create_table(
        "till_timing",
        sa.Column("till_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('start', 'decode', 'answer')", name=op.f("ck_till_timing_kind_known")
        ),
        sa.CheckConstraint("times > 0", name=op.f("ck_till_timing_times_positive")),
        sa.ForeignKeyConstraint(["till_id"], ["till.id"], name=op.f("fk_till_timing_till_id")),
        sa.PrimaryKeyConstraint("till_id", "day", "kind", "bucket", name=op.f("pk_till_timing")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "approval",
        sa.Column("till_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("asked_by_id", sa.Uuid(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("asked_by_id <> staff_id", name=op.f("ck_approval_by_somebody_else")),
        sa.CheckConstraint("at < expires_at", name=op.f("ck_approval_runs_forwards")),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["staff.id"], name=op.f("fk_approval_asked_by_id")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_approval_staff_id")),
        sa.ForeignKeyConstraint(["till_id"], ["till.id"], name=op.f("fk_approval_till_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_approval_token_hash")),
    )
    with op.batch_alter_table("approval", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_approval_till_id_at"), ["till_id", "at"], unique=False)

    op.create_table(
        "hold",
        sa.Column("coupon_id", sa.Uuid(), nullable=False),
        sa.Column("till_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("at < until", name=op.f("ck_hold_runs_forwards")),
        sa.ForeignKeyConstraint(["coupon_id"], ["coupon.id"], name=op.f("fk_hold_coupon_id")),
        sa.ForeignKeyConstraint(["till_id"], ["till.id"], name=op.f("fk_hold_till_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold")),
        sa.UniqueConstraint("coupon_id", "till_id", name=op.f("uq_hold_coupon_id_till_id")),
    )
    with op.batch_alter_table("hold", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_hold_until"), ["until"], unique=False)

    op.create_table(
        "conflict",
        sa.Column("purchase_id", sa.Uuid(), nullable=False),
        sa.Column("redemption_id", sa.Uuid(), nullable=True),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (closed_by IS NULL)", name=op.f("ck_conflict_closed_by_somebody")
        ),
        sa.CheckConstraint("cost >= 0", name=op.f("ck_conflict_cost_not_negative")),
        sa.ForeignKeyConstraint(
            ["purchase_id"], ["purchase.id"], name=op.f("fk_conflict_purchase_id")
        ),
        sa.ForeignKeyConstraint(
            ["redemption_id"], ["redemption.id"], name=op.f("fk_conflict_redemption_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflict")),
    )
    with op.batch_alter_table("conflict", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_conflict_at_id"), ["at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_conflict_purchase_id"), ["purchase_id"], unique=False)

    with up("card") as batch_op:
        batch_op.add_column(sa.Column("last_step", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("last_step_by", sa.String(), nullable=True))
        batch_op.alter_column("customer_id", existing_type=sa.Uuid(), nullable=True)
    blank = sa.text("state = 'blank'")
    op.create_index(
        "ix_card_blank",
        "card",
        ["issued_at", "number"],
        postgresql_where=blank,
        sqlite_where=blank,
    )

    op.add_column("coupon", sa.Column("held_until", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("offer", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("offline", sa.JSON(), server_default='{"policy": "never"}', nullable=False)
        )

    with up("programme") as batch_op:
        batch_op.add_column(sa.Column("printed_points", sa.BigInteger(), nullable=True))

    with up("purchase") as batch_op:
        batch_op.add_column(sa.Column("lease_id", sa.Uuid(), nullable=True))
        batch_op.add_column(
            sa.Column("offline", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        batch_op.add_column(
            sa.Column("slips", sa.Integer(), server_default=sa.text("0"), nullable=False)
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_purchase_lease_id"), "lease", ["lease_id"], ["id"]
        )

    with up("redemption") as batch_op:
        batch_op.alter_column("ordinal", existing_type=sa.INTEGER(), nullable=True)

    with op.batch_alter_table("sign_on", schema=None) as batch_op:
        batch_op.add_column(sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.add_column(sa.Column("badge_hash", sa.String(), nullable=True))
        batch_op.create_unique_constraint(batch_op.f("uq_staff_badge_hash"), ["badge_hash"])


def downgrade() -> None:
    op.execute("DELETE FROM conflict")
    op.execute("DELETE FROM redemption WHERE state = 'conflict'")
    op.execute("DELETE FROM card WHERE state = 'blank'")
    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_staff_badge_hash"), type_="unique")
        batch_op.drop_column("badge_hash")

    with op.batch_alter_table("sign_on", schema=None) as batch_op:
        batch_op.drop_column("seen_at")

    with down("redemption") as batch_op:
        batch_op.alter_column("ordinal", existing_type=sa.INTEGER(), nullable=False)

    with down("purchase") as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_purchase_lease_id"), type_="foreignkey")
        batch_op.drop_column("offline")
        batch_op.drop_column("lease_id")
        batch_op.drop_column("slips")

    with op.batch_alter_table("coupon", schema=None) as batch_op:
        batch_op.drop_column("held_until")

    with op.batch_alter_table("offer", schema=None) as batch_op:
        batch_op.drop_column("offline")

    with down("programme") as batch_op:
        batch_op.drop_column("printed_points")

    op.drop_index("ix_card_blank", "card")
    with down("card") as batch_op:
        batch_op.alter_column("customer_id", existing_type=sa.Uuid(), nullable=False)
        batch_op.drop_column("last_step_by")
        batch_op.drop_column("last_step")

    with op.batch_alter_table("conflict", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_conflict_purchase_id"))
        batch_op.drop_index(batch_op.f("ix_conflict_at_id"))

    op.drop_table("conflict")
    with op.batch_alter_table("hold", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_hold_until"))

    op.drop_table("hold")
    with op.batch_alter_table("approval", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_approval_till_id_at"))

    op.drop_table("approval")
    op.drop_table("till_timing")
    with op.batch_alter_table("lease", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_lease_till_id_issued_at"))

    op.drop_table("lease")
    op.drop_table("display")
    op.drop_table("till_rules")
    op.drop_table("signing_key")
