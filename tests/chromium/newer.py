"""The product as it is served after an update: the same, with scripts of another version."""

from loyalty.till import shell

shell.version = lambda: "0" * 16  # type: ignore[assignment]

from wsgi import app  # noqa: E402, F401, TID251  # what is served, once the version is another
