"""Who and where: the tables both packages point at, and those of the machinery."""

from core.models.checks import one_of
from core.models.house import (
    ApiKey,
    AuditEntry,
    Consent,
    Customer,
    IdempotencyKey,
    Job,
    Merchant,
    Outbox,
    Person,
    Shop,
    SignOn,
    Staff,
    Throttle,
)
from core.models.tills import (
    TIMED,
    Approval,
    Display,
    Lease,
    SigningKey,
    Till,
    TillRules,
    TillTiming,
)

__all__ = [
    "TIMED",
    "ApiKey",
    "Approval",
    "AuditEntry",
    "Consent",
    "Customer",
    "Display",
    "IdempotencyKey",
    "Job",
    "Lease",
    "Merchant",
    "Outbox",
    "Person",
    "Shop",
    "SignOn",
    "SigningKey",
    "Staff",
    "Throttle",
    "Till",
    "TillRules",
    "TillTiming",
    "one_of",
]
