"""What monitors count; docs/running.md lists it. Labels never hold a code, an address or a name."""

from prometheus_client import Counter, Histogram

REQUESTS = Histogram(
    "loyalty_request_seconds",
    "Time to answer a request, by route.",
    ["route", "method", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
REFUSALS = Counter("loyalty_refusals_total", "Requests refused, by code.", ["code"])
