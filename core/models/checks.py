"""The CHECKs that many tables have."""

from sqlalchemy import CheckConstraint


def one_of(column: str, *values: str) -> CheckConstraint:
    """Return the CHECK that holds a column to the words it may say."""
    words = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({words})", name=f"{column}_known")
