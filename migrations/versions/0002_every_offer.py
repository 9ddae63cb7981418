"""Every kind of offer, tiers, stamps, rewards, referrals, refunds.

Tables whose rules change are built anew on SQLite, which cannot alter a CHECK; PostgreSQL alters
them where they stand.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from alembic import op


revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KINDS = "'earn', 'bonus', 'activate', 'spend', 'expire', 'adjust', 'reverse', 'transfer'"

CHECKS: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "account": (
        {},
        {"merged_holds_nothing": "merged_into_id IS NULL OR available + pending + debt = 0"},
    ),
    "customer": (
        {},
        {"merged_into_one": "(state = 'merged') = (merged_into_id IS NOT NULL)"},
    ),
    "ledger_entry": (
        {"kind_known": f"kind IN ({KINDS})"},
        {
            "kind_known": f"kind IN ({KINDS}, 'opening')",
            "part_counted": "part >= 0",
            "opened_from_a_source": "kind <> 'opening' OR source IS NOT NULL",
        },
    ),
    "offer_version": ({}, {"on_refund_known": "on_refund IN ('restore', 'burn')"}),
    "programme": (
        {},
        {
            "expiry_known": "expiry IN ('rolling', 'yearly', 'inactivity', 'never')",
            "rounding_known": "rounding IN ('floor', 'half_up', 'ceiling')",
            "spend_minimum_not_negative": "spend_minimum >= 0",
            "spend_share_in_range": "spend_share BETWEEN 1 AND 100",
            "remind_days_in_range": "remind_days BETWEEN 0 AND 365",
            "months_where_they_count": "(expiry IN ('rolling', 'inactivity')) = (expiry_months IS NOT NULL)",
            "day_where_it_counts": "(expiry = 'yearly') = (expiry_day IS NOT NULL)",
        },
    ),
    "purchase": (
        {},
        {"refunded_in_worth": "refunded >= 0 AND refunded <= basket_total - discount"},
    ),
    "purchase_line": (
        {},
        {"refunded_in_rest": "refunded >= 0 AND refunded <= amount - discount"},
    ),
    "quota": ({}, {}),
    "redemption": (
        {
            "void_has_a_when": "(state = 'voided') = (voided_at IS NOT NULL)",
            "state_known": "state IN ('redeemed', 'voided')",
        },
        {
            "state_known": "state IN ('redeemed', 'returned', 'voided')",
            "refunded_in_discount": "refunded >= 0 AND refunded <= discount",
            "undone_has_a_when": "(state = 'redeemed') = (voided_at IS NULL)",
            "place_in_a_step": "(place IS NULL) = (step IS NULL)",
        },
    ),
}
"""By table: the CHECKs that go, and those that come."""

WITHOUT_ROWID = ("purchase_line", "quota")


@contextmanager
def changed(table: str, gone: dict[str, str], come: dict[str, str]) -> Iterator[Any]:
    """Alter a table together with its CHECKs."""
    kwargs = {"sqlite_with_rowid": False} if table in WITHOUT_ROWID else {}
    with op.batch_alter_table(table, table_kwargs=kwargs) as batch:
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


def keep_what_was_counted() -> None:
    """Write down for each redemption so far what it took of which quota."""
    everybody = sa.literal(UUID(int=0), sa.Uuid())
    redemption, version, coupon, use = (
        sa.table("redemption", *(sa.column(n, sa.Uuid()) for n in ("id", "offer_id", "coupon_id", "version_id", "customer_id")), sa.column("state")),
        sa.table("offer_version", sa.column("id", sa.Uuid()), sa.column("overall"), sa.column("per_customer")),
        sa.table("coupon", sa.column("id", sa.Uuid()), sa.column("per_customer")),
        sa.table("quota_use", *(sa.column(n) for n in ("redemption_id", "subject_id", "customer_id", "period", "measure", "amount", "given_back"))),
    )  # fmt: skip
    given_back = sa.case((redemption.c.state == "voided", 1), else_=0)
    by_version, by_coupon = (
        version.c.id == redemption.c.version_id,
        coupon.c.id == redemption.c.coupon_id,
    )
    for subject, customer, limit, joined, on in (
        (redemption.c.offer_id, everybody, version.c.overall, version, by_version),
        (
            redemption.c.offer_id,
            redemption.c.customer_id,
            version.c.per_customer,
            version,
            by_version,
        ),
        (
            redemption.c.coupon_id,
            redemption.c.customer_id,
            coupon.c.per_customer,
            coupon,
            by_coupon,
        ),
    ):
        rows = (
            sa.select(
                redemption.c.id,
                subject,
                customer,
                sa.literal(""),
                sa.literal("uses"),
                sa.literal(1),
                given_back,
            )
            .join(joined, on)
            .where(limit.is_not(None), customer.is_not(None))
        )
        op.execute(use.insert().from_select([c.name for c in use.c], rows))


def upgrade() -> None:
    op.create_table(
        "tier",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("renewal", sa.BigInteger(), nullable=False),
        sa.Column("perks", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("state IN ('active', 'ended')", name=op.f("ck_tier_state_known")),
        sa.CheckConstraint(
            "entry > 0 AND renewal >= 0 AND renewal <= entry", name=op.f("ck_tier_renewal_in_entry")
        ),
        sa.CheckConstraint("rank > 0", name=op.f("ck_tier_rank_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tier")),
        sa.UniqueConstraint("key", name=op.f("uq_tier_key")),
    )
    with op.batch_alter_table("tier", schema=None) as batch_op:
        batch_op.create_index(
            "uq_tier_rank",
            ["rank"],
            unique=True,
            postgresql_where=sa.text("state = 'active'"),
            sqlite_where=sa.text("state = 'active'"),
        )

    op.create_table(
        "referral_code",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_referral_code_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral_code")),
        sa.UniqueConstraint("code", name=op.f("uq_referral_code_code")),
        sa.UniqueConstraint("customer_id", name=op.f("uq_referral_code_customer_id")),
    )
    op.create_table(
        "referral_scheme",
        sa.Column("singleton", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=True),
        sa.Column("referrer_points", sa.BigInteger(), nullable=True),
        sa.Column("referrer_offer_id", sa.Uuid(), nullable=True),
        sa.Column("friend_points", sa.BigInteger(), nullable=True),
        sa.Column("friend_offer_id", sa.Uuid(), nullable=True),
        sa.Column("minimum", sa.BigInteger(), nullable=False),
        sa.Column("within_days", sa.Integer(), nullable=False),
        sa.Column("hold_days", sa.Integer(), nullable=False),
        sa.Column("cap", sa.Integer(), nullable=True),
        sa.Column("cap_per", sa.String(), nullable=False),
        sa.Column("milestones", sa.JSON(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "cap_per IN ('all', 'year', 'month', 'week', 'day')",
            name=op.f("ck_referral_scheme_cap_per_known"),
        ),
        sa.CheckConstraint("cap > 0", name=op.f("ck_referral_scheme_cap_positive")),
        sa.CheckConstraint(
            "friend_points > 0", name=op.f("ck_referral_scheme_friend_points_positive")
        ),
        sa.CheckConstraint(
            "referrer_points IS NULL OR referrer_offer_id IS NULL",
            name=op.f("ck_referral_scheme_referrer_gets_one_kind"),
        ),
        sa.CheckConstraint(
            "friend_points IS NULL OR friend_offer_id IS NULL",
            name=op.f("ck_referral_scheme_friend_gets_one_kind"),
        ),
        sa.CheckConstraint(
            "hold_days BETWEEN 0 AND 365", name=op.f("ck_referral_scheme_hold_days_in_range")
        ),
        sa.CheckConstraint("minimum >= 0", name=op.f("ck_referral_scheme_minimum_not_negative")),
        sa.CheckConstraint(
            "referrer_points > 0", name=op.f("ck_referral_scheme_referrer_points_positive")
        ),
        sa.CheckConstraint("singleton = 1", name=op.f("ck_referral_scheme_only_one")),
        sa.CheckConstraint(
            "within_days BETWEEN 1 AND 730", name=op.f("ck_referral_scheme_within_days_in_range")
        ),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channel.id"], name=op.f("fk_referral_scheme_channel_id")
        ),
        sa.ForeignKeyConstraint(
            ["friend_offer_id"], ["offer.id"], name=op.f("fk_referral_scheme_friend_offer_id")
        ),
        sa.ForeignKeyConstraint(
            ["referrer_offer_id"], ["offer.id"], name=op.f("fk_referral_scheme_referrer_offer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral_scheme")),
        sa.UniqueConstraint("singleton", name=op.f("uq_referral_scheme_singleton")),
    )
    op.create_table(
        "reward",
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("tier_id", sa.Uuid(), nullable=True),
        sa.Column("stock", sa.Integer(), nullable=True),
        sa.Column("claimed", sa.Integer(), nullable=False),
        sa.Column("cancelled", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("state IN ('active', 'ended')", name=op.f("ck_reward_state_known")),
        sa.CheckConstraint(
            "cancelled >= 0 AND cancelled <= claimed", name=op.f("ck_reward_cancelled_in_claimed")
        ),
        sa.CheckConstraint("points > 0", name=op.f("ck_reward_points_positive")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_reward_runs_forwards")),
        sa.CheckConstraint("stock > 0", name=op.f("ck_reward_stock_positive")),
        sa.CheckConstraint(
            "stock IS NULL OR claimed - cancelled <= stock", name=op.f("ck_reward_claimed_in_stock")
        ),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_reward_offer_id")),
        sa.ForeignKeyConstraint(["tier_id"], ["tier.id"], name=op.f("fk_reward_tier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reward")),
    )
    with op.batch_alter_table("reward", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_reward_created_at_id"), ["created_at", "id"], unique=False
        )

    op.create_table(
        "stamp_card",
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("per", sa.String(), nullable=False),
        sa.Column("products", sa.JSON(), nullable=False),
        sa.Column("minimum", sa.BigInteger(), nullable=False),
        sa.Column("needed", sa.Integer(), nullable=False),
        sa.Column("daily_cap", sa.Integer(), nullable=True),
        sa.Column("expiry_months", sa.Integer(), nullable=True),
        sa.Column("reward_points", sa.BigInteger(), nullable=True),
        sa.Column("reward_offer_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "per IN ('visit', 'piece', 'coupon')", name=op.f("ck_stamp_card_per_known")
        ),
        sa.CheckConstraint("state IN ('active', 'ended')", name=op.f("ck_stamp_card_state_known")),
        sa.CheckConstraint(
            "(reward_points IS NULL) <> (reward_offer_id IS NULL)",
            name=op.f("ck_stamp_card_one_kind_of_reward"),
        ),
        sa.CheckConstraint("daily_cap > 0", name=op.f("ck_stamp_card_daily_cap_positive")),
        sa.CheckConstraint(
            "expiry_months BETWEEN 1 AND 120", name=op.f("ck_stamp_card_expiry_months_in_range")
        ),
        sa.CheckConstraint(
            "needed > 0 AND minimum >= 0", name=op.f("ck_stamp_card_needs_something")
        ),
        sa.CheckConstraint("reward_points > 0", name=op.f("ck_stamp_card_reward_points_positive")),
        sa.ForeignKeyConstraint(
            ["reward_offer_id"], ["offer.id"], name=op.f("fk_stamp_card_reward_offer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stamp_card")),
    )
    op.create_table(
        "trace",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("kind IN ('device', 'address')", name=op.f("ck_trace_kind_known")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_trace_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trace")),
        sa.UniqueConstraint(
            "customer_id", "kind", "digest", name=op.f("uq_trace_customer_id_kind_digest")
        ),
    )
    with op.batch_alter_table("trace", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_trace_kind_digest"), ["kind", "digest"], unique=False)

    op.create_table(
        "adjustment",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("requested_by", sa.String(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(state = 'requested') = (decided_by IS NULL)",
            name=op.f("ck_adjustment_decided_by_one"),
        ),
        sa.CheckConstraint(
            "decided_by <> requested_by OR state = 'declined'",
            name=op.f("ck_adjustment_decided_by_another"),
        ),
        sa.CheckConstraint(
            "state IN ('requested', 'approved', 'declined')", name=op.f("ck_adjustment_state_known")
        ),
        sa.CheckConstraint("points <> 0", name=op.f("ck_adjustment_adjusts_something")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["account.customer_id"], name=op.f("fk_adjustment_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adjustment")),
    )
    with op.batch_alter_table("adjustment", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_adjustment_state_requested_at_id"),
            ["state", "requested_at", "id"],
            unique=False,
        )

    op.create_table(
        "dry_run",
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_id", sa.Uuid(), nullable=True),
        sa.Column("purchases", sa.Integer(), nullable=False),
        sa.Column("hits", sa.Integer(), nullable=False),
        sa.Column("discount", sa.BigInteger(), nullable=False),
        sa.Column("revenue", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("refused", sa.JSON(), nullable=False),
        sa.Column("counted", sa.JSON(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "hits >= 0 AND hits <= purchases", name=op.f("ck_dry_run_hits_in_purchases")
        ),
        sa.CheckConstraint("since < until", name=op.f("ck_dry_run_runs_forwards")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_dry_run_job_id")),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_dry_run_offer_id")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["offer_version.id"], name=op.f("fk_dry_run_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dry_run")),
        sa.UniqueConstraint("job_id", name=op.f("uq_dry_run_job_id")),
    )
    with op.batch_alter_table("dry_run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_dry_run_offer_id"), ["offer_id"], unique=False)

    op.create_table(
        "stamp_book",
        sa.Column("stamp_card_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("needed", sa.Integer(), nullable=False),
        sa.Column("stamps", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("full_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(stamps = needed) = (full_at IS NOT NULL)", name=op.f("ck_stamp_book_full_when_it_is")
        ),
        sa.CheckConstraint(
            "needed > 0 AND stamps >= 0 AND stamps <= needed",
            name=op.f("ck_stamp_book_stamps_in_card"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["account.customer_id"], name=op.f("fk_stamp_book_customer_id")
        ),
        sa.ForeignKeyConstraint(
            ["stamp_card_id"], ["stamp_card.id"], name=op.f("fk_stamp_book_stamp_card_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stamp_book")),
        sa.UniqueConstraint(
            "stamp_card_id",
            "customer_id",
            "number",
            name=op.f("uq_stamp_book_stamp_card_id_customer_id_number"),
        ),
    )
    with op.batch_alter_table("stamp_book", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_stamp_book_customer_id"), ["customer_id"], unique=False
        )

    op.create_table(
        "standing",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("tier_id", sa.Uuid(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("until IS NULL OR since < until", name=op.f("ck_standing_lasts")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["account.customer_id"], name=op.f("fk_standing_customer_id")
        ),
        sa.ForeignKeyConstraint(["tier_id"], ["tier.id"], name=op.f("fk_standing_tier_id")),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_standing")),
    )
    with op.batch_alter_table("standing", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_standing_tier_id"), ["tier_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_standing_until"), ["until"], unique=False)

    op.create_table(
        "standing_change",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("from_tier_id", sa.Uuid(), nullable=True),
        sa.Column("to_tier_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("reached", sa.BigInteger(), nullable=True),
        sa.Column("needed", sa.BigInteger(), nullable=True),
        sa.Column("counted", sa.String(), nullable=True),
        sa.Column("counted_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counted_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "reason IN ('reached', 'renewed', 'not_renewed', 'by_hand', 'undone', 'merged')",
            name=op.f("ck_standing_change_reason_known"),
        ),
        sa.CheckConstraint(
            "(needed IS NULL) = (counted_from IS NULL) "
            "AND (needed IS NULL) = (counted_until IS NULL) "
            "AND (needed IS NULL) = (counted IS NULL)",
            name=op.f("ck_standing_change_counted_in_a_period"),
        ),
        sa.CheckConstraint(
            "counted IN ('points', 'money')", name=op.f("ck_standing_change_counted_known")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["account.customer_id"], name=op.f("fk_standing_change_customer_id")
        ),
        sa.ForeignKeyConstraint(
            ["from_tier_id"], ["tier.id"], name=op.f("fk_standing_change_from_tier_id")
        ),
        sa.ForeignKeyConstraint(
            ["to_tier_id"], ["tier.id"], name=op.f("fk_standing_change_to_tier_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standing_change")),
    )
    with op.batch_alter_table("standing_change", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_standing_change_customer_id_at"), ["customer_id", "at"], unique=False
        )

    op.create_table(
        "referral",
        sa.Column("referrer_id", sa.Uuid(), nullable=False),
        sa.Column("referee_id", sa.Uuid(), nullable=False),
        sa.Column("first_id", sa.Uuid(), nullable=False),
        sa.Column("second_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("purchase_id", sa.Uuid(), nullable=True),
        sa.Column("minimum", sa.BigInteger(), nullable=True),
        sa.Column("period", sa.String(), nullable=True),
        sa.Column("attributed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("qualified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rewarded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(state IN ('rewarded', 'reversed')) = (rewarded_at IS NOT NULL)",
            name=op.f("ck_referral_rewarded_has_a_when"),
        ),
        sa.CheckConstraint(
            "(purchase_id IS NULL) = (qualified_at IS NULL) AND (purchase_id IS NULL) = (due_at IS NULL) AND (purchase_id IS NULL) = (minimum IS NULL)",
            name=op.f("ck_referral_qualified_by_a_purchase"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('qualified', 'rewarded', 'reversed') OR purchase_id IS NOT NULL",
            name=op.f("ck_referral_qualified_has_a_purchase"),
        ),
        sa.CheckConstraint(
            "state IN ('attributed', 'qualified', 'review', 'rewarded', 'reversed', 'expired', 'rejected')",
            name=op.f("ck_referral_state_known"),
        ),
        sa.CheckConstraint(
            "(first_id = referrer_id AND second_id = referee_id) OR (first_id = referee_id AND second_id = referrer_id)",
            name=op.f("ck_referral_pair_is_both"),
        ),
        sa.CheckConstraint("referrer_id <> referee_id", name=op.f("ck_referral_not_self")),
        sa.ForeignKeyConstraint(
            ["purchase_id"], ["purchase.id"], name=op.f("fk_referral_purchase_id")
        ),
        sa.ForeignKeyConstraint(
            ["referee_id"], ["account.customer_id"], name=op.f("fk_referral_referee_id")
        ),
        sa.ForeignKeyConstraint(
            ["referrer_id"], ["account.customer_id"], name=op.f("fk_referral_referrer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral")),
        sa.UniqueConstraint("first_id", "second_id", name=op.f("uq_referral_first_id_second_id")),
        sa.UniqueConstraint("purchase_id", name=op.f("uq_referral_purchase_id")),
        sa.UniqueConstraint("referee_id", name=op.f("uq_referral_referee_id")),
    )
    with op.batch_alter_table("referral", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_referral_attributed_at_id"), ["attributed_at", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_referral_referrer_id"), ["referrer_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_referral_state_due_at"), ["state", "due_at"], unique=False
        )

    op.create_table(
        "referral_reward",
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("milestone", sa.String(), nullable=True),
        sa.Column("friends", sa.Integer(), nullable=True),
        sa.Column("points", sa.BigInteger(), nullable=True),
        sa.Column("offer_id", sa.Uuid(), nullable=True),
        sa.Column("entry_id", sa.Uuid(), nullable=True),
        sa.Column("coupon_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "side IN ('referrer', 'friend', 'milestone')",
            name=op.f("ck_referral_reward_side_known"),
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'given', 'taken_back')",
            name=op.f("ck_referral_reward_state_known"),
        ),
        sa.CheckConstraint(
            "(points IS NULL) <> (offer_id IS NULL)",
            name=op.f("ck_referral_reward_points_or_a_coupon"),
        ),
        sa.CheckConstraint("points > 0", name=op.f("ck_referral_reward_points_positive")),
        sa.CheckConstraint(
            "(points IS NULL) = (entry_id IS NULL)",
            name=op.f("ck_referral_reward_points_are_booked"),
        ),
        sa.CheckConstraint(
            "offer_id IS NULL OR state <> 'given' OR coupon_id IS NOT NULL",
            name=op.f("ck_referral_reward_given_is_there"),
        ),
        sa.CheckConstraint(
            "(side = 'milestone') = (milestone IS NOT NULL) AND (milestone IS NULL) = (friends IS NULL)",
            name=op.f("ck_referral_reward_milestone_says_which"),
        ),
        sa.CheckConstraint(
            "(state = 'taken_back') = (ended_at IS NOT NULL)",
            name=op.f("ck_referral_reward_ended_has_a_when"),
        ),
        sa.ForeignKeyConstraint(
            ["coupon_id"], ["coupon.id"], name=op.f("fk_referral_reward_coupon_id")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["account.customer_id"], name=op.f("fk_referral_reward_customer_id")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["ledger_entry.id"], name=op.f("fk_referral_reward_entry_id")
        ),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["offer.id"], name=op.f("fk_referral_reward_offer_id")
        ),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referral.id"], name=op.f("fk_referral_reward_referral_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral_reward")),
        sa.UniqueConstraint("coupon_id", name=op.f("uq_referral_reward_coupon_id")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_referral_reward_entry_id")),
    )
    with op.batch_alter_table("referral_reward", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_referral_reward_customer_id"), ["customer_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_referral_reward_referral_id"), ["referral_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_referral_reward_state_due_at"), ["state", "due_at"], unique=False
        )
        batch_op.create_index(
            "uq_referral_reward_milestone",
            ["customer_id", "milestone", "friends"],
            unique=True,
            postgresql_where=sa.text("side = 'milestone' AND state <> 'taken_back'"),
            sqlite_where=sa.text("side = 'milestone' AND state <> 'taken_back'"),
        )
        batch_op.create_index(
            "uq_referral_reward_side",
            ["referral_id", "side"],
            unique=True,
            postgresql_where=sa.text("side <> 'milestone' AND state <> 'taken_back'"),
            sqlite_where=sa.text("side <> 'milestone' AND state <> 'taken_back'"),
        )

    op.create_table(
        "stamp",
        sa.Column("stamp_book_id", sa.Uuid(), nullable=False),
        sa.Column("purchase_id", sa.Uuid(), nullable=True),
        sa.Column("stamps", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("stamps <> 0", name=op.f("ck_stamp_stamps_something")),
        sa.ForeignKeyConstraint(
            ["purchase_id"], ["purchase.id"], name=op.f("fk_stamp_purchase_id")
        ),
        sa.ForeignKeyConstraint(
            ["stamp_book_id"], ["stamp_book.id"], name=op.f("fk_stamp_stamp_book_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stamp")),
    )
    with op.batch_alter_table("stamp", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stamp_purchase_id"), ["purchase_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_stamp_stamp_book_id"), ["stamp_book_id"], unique=False)

    op.create_table(
        "claim",
        sa.Column("reward_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("coupon_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled_by", sa.String(), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(state = 'cancelled') = (cancelled_at IS NOT NULL)",
            name=op.f("ck_claim_cancelled_has_a_when"),
        ),
        sa.CheckConstraint("state IN ('claimed', 'cancelled')", name=op.f("ck_claim_state_known")),
        sa.CheckConstraint("points > 0", name=op.f("ck_claim_points_positive")),
        sa.ForeignKeyConstraint(["coupon_id"], ["coupon.id"], name=op.f("fk_claim_coupon_id")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["account.customer_id"], name=op.f("fk_claim_customer_id")
        ),
        sa.ForeignKeyConstraint(["reward_id"], ["reward.id"], name=op.f("fk_claim_reward_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim")),
        sa.UniqueConstraint("coupon_id", name=op.f("uq_claim_coupon_id")),
    )
    with op.batch_alter_table("claim", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_claim_customer_id_at"), ["customer_id", "at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_claim_reward_id"), ["reward_id"], unique=False)

    op.create_table(
        "quota_use",
        sa.Column("redemption_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("given_back", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_quota_use_amount_positive")),
        sa.CheckConstraint(
            "given_back >= 0 AND given_back <= amount",
            name=op.f("ck_quota_use_given_back_in_amount"),
        ),
        sa.ForeignKeyConstraint(
            ["redemption_id"], ["redemption.id"], name=op.f("fk_quota_use_redemption_id")
        ),
        sa.PrimaryKeyConstraint(
            "redemption_id",
            "subject_id",
            "customer_id",
            "period",
            "measure",
            name=op.f("pk_quota_use"),
        ),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("quota_use", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_quota_use_subject_id_customer_id_period_measure"),
            ["subject_id", "customer_id", "period", "measure"],
            unique=False,
        )

    op.create_table(
        "refund",
        sa.Column("purchase_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("worth", sa.BigInteger(), nullable=False),
        sa.Column("money", sa.BigInteger(), nullable=False),
        sa.Column("points_worth", sa.BigInteger(), nullable=False),
        sa.Column("points_back", sa.BigInteger(), nullable=False),
        sa.Column("points_claimed", sa.BigInteger(), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("redemption_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("till_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'claim') = (redemption_id IS NOT NULL)",
            name=op.f("ck_refund_claimed_by_a_guarantee"),
        ),
        sa.CheckConstraint("kind IN ('refund', 'claim')", name=op.f("ck_refund_kind_known")),
        sa.CheckConstraint(
            "money >= 0 AND points_worth >= 0", name=op.f("ck_refund_parts_not_negative")
        ),
        sa.CheckConstraint(
            "points_back >= 0 AND points_claimed >= 0", name=op.f("ck_refund_points_not_negative")
        ),
        sa.CheckConstraint(
            "worth > 0 AND money + points_worth = worth", name=op.f("ck_refund_worth_is_the_sum")
        ),
        sa.ForeignKeyConstraint(
            ["purchase_id"], ["purchase.id"], name=op.f("fk_refund_purchase_id")
        ),
        sa.ForeignKeyConstraint(
            ["redemption_id"], ["redemption.id"], name=op.f("fk_refund_redemption_id")
        ),
        sa.ForeignKeyConstraint(["till_id"], ["till.id"], name=op.f("fk_refund_till_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund")),
        sa.UniqueConstraint("purchase_id", "number", name=op.f("uq_refund_purchase_id_number")),
    )
    with op.batch_alter_table("refund", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_refund_at_id"), ["at", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_refund_redemption_id"), ["redemption_id"], unique=False
        )

    with up("account") as batch_op:
        batch_op.add_column(sa.Column("active_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("reminded_for", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("merged_into_id", sa.Uuid(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_account_merged_into_id"), "account", ["merged_into_id"], ["customer_id"]
        )

    with op.batch_alter_table("campaign") as batch_op:
        batch_op.add_column(sa.Column("limits", sa.JSON(), server_default="[]", nullable=False))

    with op.batch_alter_table("response") as batch_op:
        batch_op.add_column(sa.Column("why", sa.JSON(), nullable=True))

    with up("customer") as batch_op:
        batch_op.add_column(sa.Column("tags", sa.JSON(), server_default="[]", nullable=False))
        batch_op.add_column(sa.Column("attributes", sa.JSON(), server_default="{}", nullable=False))
        batch_op.add_column(sa.Column("merged_into_id", sa.Uuid(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_customer_merged_into_id"), "customer", ["merged_into_id"], ["id"]
        )
        batch_op.create_index(batch_op.f("ix_customer_merged_into_id"), ["merged_into_id"])

    with up("ledger_entry") as batch_op:
        batch_op.add_column(sa.Column("part", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("source", sa.String(), nullable=True))
        batch_op.drop_constraint(
            batch_op.f("uq_ledger_entry_reverses_id_from_side_to_side"), type_="unique"
        )
        batch_op.create_index(
            batch_op.f("ix_ledger_entry_customer_id_source"), ["customer_id", "source"]
        )
        batch_op.create_index(
            "uq_ledger_entry_opening",
            ["source", "to_side"],
            unique=True,
            postgresql_where=sa.text("kind = 'opening'"),
            sqlite_where=sa.text("kind = 'opening'"),
        )
        batch_op.create_unique_constraint(
            batch_op.f("uq_ledger_entry_reverses_id_part_from_side_to_side"),
            ["reverses_id", "part", "from_side", "to_side"],
        )

    with up("offer_version") as batch_op:
        batch_op.add_column(sa.Column("limits", sa.JSON(), server_default="[]", nullable=False))
        batch_op.add_column(sa.Column("together", sa.JSON(), server_default="{}", nullable=False))
        batch_op.add_column(
            sa.Column("on_refund", sa.String(), server_default="restore", nullable=False)
        )

    op.add_column(
        "programme", sa.Column("expiry", sa.String(), server_default="rolling", nullable=False)
    )
    op.execute("UPDATE programme SET expiry = 'never' WHERE expiry_months IS NULL")
    with up("programme") as batch_op:
        for column in (
            sa.Column("expiry_day", sa.String(), nullable=True),
            sa.Column("idle_since", sa.DateTime(timezone=True), nullable=True),
            sa.Column("rounding", sa.String(), server_default="floor", nullable=False),
            sa.Column("earning", sa.JSON(), server_default="{}", nullable=False),
            sa.Column("spend_minimum", sa.BigInteger(), server_default="0", nullable=False),
            sa.Column("spend_share", sa.Integer(), server_default="100", nullable=False),
            sa.Column("transfers", sa.Boolean(), server_default=sa.false(), nullable=False),
            sa.Column("remind_days", sa.Integer(), server_default="30", nullable=False),
            sa.Column("tiers", sa.JSON(), server_default="{}", nullable=False),
        ):
            batch_op.add_column(column)

    with up("purchase") as batch_op:
        batch_op.add_column(
            sa.Column("refunded", sa.BigInteger(), server_default="0", nullable=False)
        )
        batch_op.add_column(sa.Column("why", sa.JSON(), nullable=True))

    with up("purchase_line") as batch_op:
        batch_op.add_column(sa.Column("tags", sa.JSON(), nullable=True))
        batch_op.add_column(
            sa.Column("refunded", sa.BigInteger(), server_default="0", nullable=False)
        )

    op.add_column("quota", sa.Column("period", sa.String(), server_default="", nullable=False))
    op.add_column("quota", sa.Column("measure", sa.String(), server_default="uses", nullable=False))
    with up("quota") as batch_op:
        batch_op.drop_constraint("pk_quota", type_="primary")
        batch_op.create_primary_key("pk_quota", ["subject_id", "customer_id", "period", "measure"])
        batch_op.alter_column("period", existing_type=sa.String(), server_default=None)
        batch_op.alter_column("measure", existing_type=sa.String(), server_default=None)
        for name in ("cap", "used", "voided"):
            batch_op.alter_column(name, existing_type=sa.Integer(), type_=sa.BigInteger())

    with up("redemption") as batch_op:
        batch_op.add_column(
            sa.Column("refunded", sa.BigInteger(), server_default="0", nullable=False)
        )
        batch_op.add_column(sa.Column("place", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("step", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("gave", sa.JSON(), nullable=True))
        batch_op.create_unique_constraint(
            batch_op.f("uq_redemption_offer_id_place"), ["offer_id", "place"]
        )

    keep_what_was_counted()


def downgrade() -> None:
    with op.batch_alter_table("refund", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_refund_redemption_id"))
        batch_op.drop_index(batch_op.f("ix_refund_at_id"))

    op.drop_table("refund")
    with op.batch_alter_table("quota_use", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_quota_use_subject_id_customer_id_period_measure"))

    op.drop_table("quota_use")
    with op.batch_alter_table("claim", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_claim_reward_id"))
        batch_op.drop_index(batch_op.f("ix_claim_customer_id_at"))

    op.drop_table("claim")
    with op.batch_alter_table("stamp", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stamp_stamp_book_id"))
        batch_op.drop_index(batch_op.f("ix_stamp_purchase_id"))

    op.drop_table("stamp")
    with op.batch_alter_table("referral_reward", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_referral_reward_side",
            postgresql_where=sa.text("side <> 'milestone' AND state <> 'taken_back'"),
            sqlite_where=sa.text("side <> 'milestone' AND state <> 'taken_back'"),
        )
        batch_op.drop_index(
            "uq_referral_reward_milestone",
            postgresql_where=sa.text("side = 'milestone' AND state <> 'taken_back'"),
            sqlite_where=sa.text("side = 'milestone' AND state <> 'taken_back'"),
        )
        batch_op.drop_index(batch_op.f("ix_referral_reward_state_due_at"))
        batch_op.drop_index(batch_op.f("ix_referral_reward_referral_id"))
        batch_op.drop_index(batch_op.f("ix_referral_reward_customer_id"))

    op.drop_table("referral_reward")
    with op.batch_alter_table("referral", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_referral_state_due_at"))
        batch_op.drop_index(batch_op.f("ix_referral_referrer_id"))
        batch_op.drop_index(batch_op.f("ix_referral_attributed_at_id"))

    op.drop_table("referral")
    with op.batch_alter_table("standing_change", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_standing_change_customer_id_at"))

    op.drop_table("standing_change")
    with op.batch_alter_table("standing", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_standing_until"))
        batch_op.drop_index(batch_op.f("ix_standing_tier_id"))

    op.drop_table("standing")
    with op.batch_alter_table("stamp_book", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stamp_book_customer_id"))

    op.drop_table("stamp_book")
    with op.batch_alter_table("dry_run", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_dry_run_offer_id"))

    op.drop_table("dry_run")
    with op.batch_alter_table("adjustment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_adjustment_state_requested_at_id"))

    op.drop_table("adjustment")
    with op.batch_alter_table("trace", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_trace_kind_digest"))

    op.drop_table("trace")
    op.drop_table("stamp_card")
    with op.batch_alter_table("reward", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reward_created_at_id"))

    op.drop_table("reward")
    op.drop_table("referral_scheme")
    op.drop_table("referral_code")
    with op.batch_alter_table("tier", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_tier_rank",
            postgresql_where=sa.text("state = 'active'"),
            sqlite_where=sa.text("state = 'active'"),
        )

    op.drop_table("tier")

    op.execute("UPDATE redemption SET state = 'voided' WHERE state = 'returned'")
    with down("redemption") as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_redemption_offer_id_place"), type_="unique")
        for name in ("gave", "step", "place", "refunded"):
            batch_op.drop_column(name)

    op.execute("DELETE FROM quota WHERE period <> '' OR measure <> 'uses'")
    with down("quota") as batch_op:
        batch_op.drop_constraint("pk_quota", type_="primary")
        batch_op.create_primary_key("pk_quota", ["subject_id", "customer_id"])
        for name in ("cap", "used", "voided"):
            batch_op.alter_column(name, existing_type=sa.BigInteger(), type_=sa.Integer())
        batch_op.drop_column("measure")
        batch_op.drop_column("period")

    for table, names in (
        ("purchase_line", ("refunded", "tags")),
        ("purchase", ("why", "refunded")),
        (
            "programme",
            (
                "tiers", "remind_days", "transfers", "spend_share", "spend_minimum", "earning",
                "rounding", "idle_since", "expiry_day", "expiry",
            ),
        ),
        ("offer_version", ("on_refund", "together", "limits")),
    ):  # fmt: skip
        with down(table) as batch_op:
            for name in names:
                batch_op.drop_column(name)

    op.execute("UPDATE ledger_entry SET kind = 'adjust', reason = 'opening' WHERE kind = 'opening'")
    with down("ledger_entry") as batch_op:
        batch_op.drop_constraint(
            batch_op.f("uq_ledger_entry_reverses_id_part_from_side_to_side"), type_="unique"
        )
        batch_op.drop_index("uq_ledger_entry_opening")
        batch_op.drop_index(batch_op.f("ix_ledger_entry_customer_id_source"))
        batch_op.create_unique_constraint(
            batch_op.f("uq_ledger_entry_reverses_id_from_side_to_side"),
            ["reverses_id", "from_side", "to_side"],
        )
        batch_op.drop_column("source")
        batch_op.drop_column("part")

    with down("account") as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_account_merged_into_id"), type_="foreignkey")
        for name in ("merged_into_id", "reminded_for", "active_at"):
            batch_op.drop_column(name)

    with down("customer") as batch_op:
        batch_op.drop_index(batch_op.f("ix_customer_merged_into_id"))
        batch_op.drop_constraint(batch_op.f("fk_customer_merged_into_id"), type_="foreignkey")
        for name in ("merged_into_id", "attributes", "tags"):
            batch_op.drop_column(name)

    for table, names in (
        ("response", ("why",)),
        ("campaign", ("limits",)),
    ):
        with op.batch_alter_table(table) as batch_op:
            for name in names:
                batch_op.drop_column(name)
