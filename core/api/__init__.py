"""/api/v1 of what both packages stand on."""

from flask import Flask
from werkzeug.routing import BaseConverter, Map, ValidationError


class PublicIdConverter(BaseConverter):
    """The opaque id of a row in an address: ``<public("cu"):id>``; any other text is not found."""

    def __init__(self, map: Map, prefix: str) -> None:  # noqa: A002  # werkzeug's name for it
        super().__init__(map)
        self.prefix = prefix

    def to_python(self, value: str) -> object:
        """Read the id."""
        from core import ids
        from core.errors import NotFound

        try:
            return ids.parse(self.prefix, value)
        except NotFound:
            raise ValidationError from None

    def to_url(self, value: object) -> str:
        """Write the id."""
        from uuid import UUID

        from core import ids

        return ids.public(self.prefix, value) if isinstance(value, UUID) else str(value)


def init_app(app: Flask) -> None:
    """Plug the API of core in."""
    from core import health, rest
    from core.api import docs, jobs, settings, shops, staff, till, timings

    app.url_map.converters["public"] = PublicIdConverter
    health.init_app(app)
    for module in (settings, shops, till, timings, staff, jobs):
        rest.api.register_blueprint(module.blueprint)
    docs.init_app(app)
