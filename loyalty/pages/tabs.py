"""What every page of a customer is headed with."""

from typing import Any

from sqlalchemy.orm import Session

from core import people
from core.models import Customer


def head(session: Session, customer: Customer, current: str) -> dict[str, Any]:
    """Return who the customer is, and which of their pages this is."""
    person = people.find(session, customer)
    return {
        "customer": customer,
        "called": person.name if person and person.name else customer.pseudonym,
        "served": customer.state in ("active", "blocked"),
        "current": current,
    }
