"""Random baskets, offers of every kind, and what is done with them: as the API would be told."""

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

Json = dict[str, Any]

SKUS = ("coffee", "tea", "bread", "book")
CATEGORIES = ("drinks", "food", "media")
TAGS = ("vegan", "organic")
CENTS = st.sampled_from([0, 1, 3, 99, 333, 1000, 1999, 2000, 4999, 10_000])
SOME = st.sampled_from([1, 2, 3, 50, 100, 333, 500, 1000, 2500])
PERCENT = st.sampled_from(["0.01", "5", "10", "12.5", "33.33", "50", "99.99", "100"])
FEW = st.integers(1, 3)


def _given(**fields: Any) -> st.SearchStrategy[Json]:
    """Return objects with these fields, of which those of None are left out."""
    return st.fixed_dictionaries(fields).map(
        lambda one: {name: it for name, it in one.items() if it is not None}
    )


NARROW: st.SearchStrategy[Json] = st.one_of(
    st.lists(st.sampled_from(SKUS), min_size=1, max_size=2, unique=True).map(lambda x: {"skus": x}),
    st.sampled_from(CATEGORIES).map(lambda x: {"categories": [x]}),
    st.sampled_from(TAGS).map(lambda x: {"tags": [x]}),
)
ON: st.SearchStrategy[Json | None] = st.sampled_from([True, False, False]).flatmap(
    lambda some: NARROW if some else st.none()
)
PIECES = _given(quantity=FEW, on=ON)
PER = st.none() | st.sampled_from(["basket", "piece"])
REASONS = [{"key": "broken", "text": {"en": "It broke"}}]

SIMPLE: dict[str, st.SearchStrategy[Json]] = {
    "percent": _given(kind=st.just("percent"), percent=PERCENT, cap=st.none() | SOME, on=ON),
    "amount": _given(kind=st.just("amount"), amount=SOME, per=PER, on=ON),
    "fixed_price": _given(kind=st.just("fixed_price"), price=CENTS, per=PER, on=ON),
    "free_item": _given(kind=st.just("free_item"), sku=st.sampled_from(SKUS), on=ON),
    "free_pieces": _given(
        kind=st.just("free_pieces"),
        which=st.sampled_from(["cheapest", "dearest"]),
        count=FEW,
        at_least=st.none() | FEW,
        percent=st.none() | PERCENT,
        on=ON,
    ),
    "buy_get": _given(
        kind=st.just("buy_get"), buy=PIECES, get=PIECES, percent=st.none() | PERCENT,
        times=st.none() | FEW,
    ),
    "bundle": st.tuples(
        st.lists(PIECES, min_size=1, max_size=3),
        st.one_of(
            CENTS.map(lambda x: {"price": x}), PERCENT.map(lambda x: {"percent": x}),
            SOME.map(lambda x: {"amount": x}),
        ),
    ).map(lambda both: {"kind": "bundle", "parts": both[0]} | both[1]),
    "points": _given(kind=st.just("points"), points=st.integers(1, 500), on=ON),
    "points_factor": _given(
        kind=st.just("points_factor"), factor=st.sampled_from(["1.01", "1.5", "2", "10"]), on=ON
    ),
    "stamps": _given(
        kind=st.just("stamps"), stamps=st.integers(1, 7), stamp_card=st.just("STAMP CARD"), on=ON
    ),
    "guarantee": _given(
        kind=st.just("guarantee"), days=st.integers(1, 60), reasons=st.just(REASONS), on=ON
    ),
    "sample": st.just({"kind": "sample", "text": "A bag"}),
    "information": st.just({"kind": "information", "text": "A leaflet"}),
    "next_coupon": st.just({"kind": "next_coupon", "offer": "GIFT"}),
}  # fmt: skip
ANY_SIMPLE = st.one_of(*SIMPLE.values())


def _stepped(name: str, at: list[int]) -> st.SearchStrategy[list[Json]]:
    """Return one to three steps, each above the one before."""
    return st.lists(ANY_SIMPLE, min_size=1, max_size=3).map(
        lambda found: [{name: at[i], "benefit": one} for i, one in enumerate(found)]
    )


BENEFITS: dict[str, st.SearchStrategy[Json]] = SIMPLE | {
    "ladder": st.one_of(
        _given(kind=st.just("ladder"), by=st.just("amount"), on=ON,
               steps=_stepped("from", [0, 1000, 5000])),
        _given(kind=st.just("ladder"), by=st.just("quantity"), on=ON,
               steps=_stepped("from", [1, 3, 6])),
    ),
    "early_bird": _given(
        kind=st.just("early_bird"), steps=_stepped("first", [1, 2, 4]),
        after=st.none() | ANY_SIMPLE,
    ),
}  # fmt: skip
"""Every kind of benefit, with whatever it may say; ids stand as words to be filled in."""

TOGETHER = _given(
    priority=st.sampled_from([1, 500, 500, 900]),
    group=st.sampled_from([None, "a", "b"]),
    mode=st.sampled_from(["stackable"] * 6 + ["exclusive", "best", "best"]),
    base=st.sampled_from(["running", "first"]),
)
LIMIT = st.one_of(
    _given(of=st.sampled_from(["code", "offer", "campaign"]), per=st.sampled_from(["all", "day"]),
           each_customer=st.booleans(), uses=FEW),
    _given(of=st.sampled_from(["code", "offer", "campaign"]), per=st.just("month"),
           discount=SOME, overrun=st.sampled_from(["refuse", "rest"])),
)  # fmt: skip
OFFER = _given(
    benefit=st.sampled_from(sorted(BENEFITS)).flatmap(lambda kind: BENEFITS[kind]),
    together=TOGETHER,
    limits=st.lists(LIMIT, max_size=1).map(lambda found: {"more": found}),
    conditions=st.sampled_from([{}] * 6 + [{"all": [{"kind": "minimum_basket", "amount": 1000}]}]),
    on_refund=st.sampled_from(["restore", "burn"]),
)
LINE = _given(
    sku=st.sampled_from(SKUS), category=st.sampled_from(CATEGORIES), amount=CENTS,
    quantity=st.sampled_from([1, 1, 2, 3, 7]),
    tags=st.lists(st.sampled_from(TAGS), max_size=2, unique=True),
)  # fmt: skip


def _basket(lines: list[Json]) -> Json:
    return {"currency": "EUR", "total": sum(line["amount"] for line in lines), "lines": lines}


BASKET = st.sampled_from([True, True, True, True, False]).flatmap(
    lambda lines: (
        st.lists(LINE, min_size=2, max_size=6).map(_basket)
        if lines
        else CENTS.map(lambda total: {"currency": "EUR", "total": total})
    )
)


@dataclass(frozen=True)
class Bought:
    """One purchase: which coupons, in which order, how much is paid with points, what comes back.

    Attributes:
        spend: how many quarters of what points could pay.
        back: how many tenths of its worth are given back, one refund after the other.
        ends: with a void, or with a refund of the rest.
    """

    basket: Json
    coupons: tuple[int, ...]
    has_card: bool
    spend: int
    back: tuple[int, ...]
    ends: str


@dataclass(frozen=True)
class History:
    """Some offers, what is bought with them, and in which order all of it is undone."""

    offers: tuple[Json, ...]
    purchases: tuple[Bought, ...]
    undo: tuple[int, ...]
    pending_days: int


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Return a history; each coupon of it can be used three times."""
    offers = tuple(draw(st.lists(OFFER, min_size=2, max_size=6)))
    several = st.permutations(range(len(offers))).flatmap(
        lambda order: st.integers(2, len(order)).map(lambda n: tuple(order[:n]))
    )
    bought = st.builds(
        Bought,
        basket=BASKET,
        coupons=several,
        has_card=st.sampled_from([True] * 5 + [False]),
        spend=st.sampled_from([0, 0, 1, 4]),
        back=st.lists(st.integers(1, 4), max_size=2).map(tuple),
        ends=st.sampled_from(["void", "void", "refund"]),
    )
    purchases = tuple(draw(st.lists(bought, min_size=1, max_size=3)))
    return History(
        offers=offers,
        purchases=purchases,
        undo=tuple(draw(st.permutations(range(len(purchases))))),
        pending_days=draw(st.sampled_from([0, 0, 14])),
    )
