"""What the API's own description says about the fields of its requests."""

from collections.abc import Iterator
from typing import Any


def text_fields(spec: dict[str, Any]) -> set[str]:
    """Return every field that takes free text, as ``post /api/v1/shops name``.

    What only some kinds of an offer have (``oneOf``) is not among them: it is the same few fields
    at hundreds of paths.
    """
    found = set()
    for path, methods in spec["paths"].items():
        for method, what in methods.items():
            if method == "parameters":
                continue
            for kind in what.get("requestBody", {}).get("content", {}).values():
                for field in _texts(spec, kind["schema"], ()):
                    found.add(f"{method} {path} {field}")
    return found


def _texts(spec: dict[str, Any], schema: dict[str, Any], way: tuple[str, ...]) -> Iterator[str]:
    if "$ref" in schema:
        schema = spec["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    for part in (*schema.get("allOf", ()), *schema.get("anyOf", ())):
        yield from _texts(spec, part, way)
    for name, inner in schema.get("properties", {}).items():
        if not inner.get("readOnly"):
            yield from _texts(spec, inner, (*way, name))
    if isinstance(inner := schema.get("additionalProperties"), dict):
        yield from _texts(spec, inner, (*way, "en"))
    if "items" in schema:
        yield from _texts(spec, schema["items"], (*way, "0"))
    kinds = schema.get("type", ())
    if "string" in kinds and "maxLength" in schema and not schema.keys() & {"pattern", "enum"}:
        yield ".".join(way)
