"""The JSON of loyalty, by subject."""

from loyalty.schemas.cards import (
    CardSchema,
    CardShownSchema,
    ReplaceRequest,
    ScanRequest,
    ScanSchema,
    StockQuery,
    StockRequest,
    StockSchema,
    WithdrawRequest,
)
from loyalty.schemas.checkout import (
    PurchaseRequest,
    PurchaseSchema,
    QuoteRequest,
    VoidRequest,
    WhySchema,
)
from loyalty.schemas.customers import (
    CustomerChange,
    CustomerQuery,
    CustomerSchema,
    EnrolRequest,
    ExportSchema,
    FindRequest,
    FoundSchema,
    PersonSchema,
)
from loyalty.schemas.points import (
    AdjustRequest,
    BalanceSchema,
    EntrySchema,
    HoldingSchema,
)
from loyalty.schemas.programme import (
    ProgrammeSchema,
)

__all__ = [
    "AdjustRequest",
    "BalanceSchema",
    "CardSchema",
    "CardShownSchema",
    "CustomerChange",
    "CustomerQuery",
    "CustomerSchema",
    "EnrolRequest",
    "EntrySchema",
    "ExportSchema",
    "FindRequest",
    "FoundSchema",
    "HoldingSchema",
    "PersonSchema",
    "ProgrammeSchema",
    "PurchaseRequest",
    "PurchaseSchema",
    "QuoteRequest",
    "ReplaceRequest",
    "ScanRequest",
    "ScanSchema",
    "StockQuery",
    "StockRequest",
    "StockSchema",
    "VoidRequest",
    "WhySchema",
    "WithdrawRequest",
]
