"""The till as an app: what a browser installs, what it keeps, and who is signed on now."""

from functools import cache
from http import HTTPStatus
from io import BytesIO
from typing import Any

from flask import Response, current_app, g, render_template, request, send_from_directory, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf
from PIL import Image, ImageDraw

from core import ids, web
from core.errors import NotFound
from loyalty.till import shell
from loyalty.till.place import blueprint

ICONS = {"192": False, "512": False, "maskable-512": True}
_GROUND, _INK = "#3d3bb3", "#ffffff"
_FINE = 4  # drawn so many times larger, for smooth edges


@blueprint.app_template_global("till_script")
def script_address(name: str) -> str:
    """Return where a script of the till is served."""
    return shell.address(name)


@blueprint.app_template_global("till_scripts_at_once")
def scripts_at_once() -> list[str]:
    """Return where the scripts are that the page needs to start."""
    return [shell.address(name) for name in shell.at_once()]


@blueprint.get("/shell/<version>/<path:name>")
@web.public
def script(version: str, name: str) -> Response:
    """Serve a script of the till. Scripts of different versions are never mixed.

    Raises:
        NotFound: there is no such script in this version.
    """
    if version != shell.version() or not name.startswith(("till/", "vendor/zxing", "vendor/qr/")):
        raise NotFound(what="script")
    return send_from_directory(str(current_app.static_folder), name)


@blueprint.get("/sw.js")
@web.public
def service_worker() -> Response:
    """Serve the service worker, which keeps the till for the time without a line."""
    answer = Response(shell.worker()[0], mimetype="text/javascript")
    answer.headers["Service-Worker-Allowed"] = url_for("till.show")
    return answer


@blueprint.after_request
def stamped(answer: Response) -> Response:
    """Say on the till's own page which shell it belongs to: only such a page is kept."""
    if request.endpoint == "till.show" and answer.status_code == HTTPStatus.OK:
        answer.headers["Till-Shell"] = shell.worker()[1]
    return answer


@blueprint.get("/no-line")
@web.public
def no_line() -> str:
    """Show what stands where a page would be that needs a line."""
    return render_template("till/no_line.html")


@blueprint.get("/session")
@web.public
def session_now() -> dict[str, Any]:
    """Tell a till whether there is a line, who is signed on, and a token for its next requests."""
    actor, till = web.actor(), g.get("till")
    cashier = None
    if actor.till_id and actor.id:
        cashier = {"id": ids.public("st", actor.id), "name": actor.name}
    return {
        "csrf": generate_csrf(),
        "cashier": cashier,
        "till": {"id": ids.public("ti", till.id), "label": till.label} if till else None,
    }


@blueprint.get("/manifest.webmanifest")
@web.public
def manifest() -> ResponseReturnValue:
    """Describe the app that is installed."""
    name, start = web.merchant().name, url_for("till.show")
    answer = {
        "id": start,
        "name": f"{name} – {_('Till')}",
        "short_name": name,
        "start_url": start,
        "scope": start,
        "display": "standalone",
        "background_color": "#f6f5f2",
        "theme_color": _GROUND,
        "icons": [
            {
                "src": url_for("till.icon", kind=kind),
                "sizes": f"{_size(kind)}x{_size(kind)}",
                "type": "image/png",
                "purpose": "maskable" if masked else "any",
            }
            for kind, masked in ICONS.items()
        ],
    }
    return answer, {"Content-Type": "application/manifest+json"}


@blueprint.get("/icon-<kind>.png")
@web.public
def icon(kind: str) -> Response:
    """Draw the icon of the app.

    Raises:
        NotFound: there is none of this kind.
    """
    if kind not in ICONS:
        raise NotFound(what="icon")
    return Response(_drawn(kind), mimetype="image/png", headers={"Cache-Control": "max-age=86400"})


def _size(kind: str) -> int:
    return int(kind.rpartition("-")[2])


@cache
def _drawn(kind: str) -> bytes:
    """Return the mark as PNG. Of a maskable one any edge may be cut off: the mark is smaller."""
    size, masked = _size(kind), ICONS[kind]
    unit = size * _FINE / 32
    picture = Image.new("RGBA", (size * _FINE, size * _FINE))
    pen = ImageDraw.Draw(picture)
    pen.rounded_rectangle((0, 0, 32 * unit, 32 * unit), 0 if masked else 7 * unit, _GROUND)

    def at(x: float, y: float) -> tuple[float, float]:
        share = 0.7 if masked else 1.0
        return (16 + (x - 16) * share) * unit, (16 + (y - 16) * share) * unit

    width = round((1.75 if masked else 2.5) * unit)
    pen.rounded_rectangle((*at(6, 8), *at(26, 24)), at(2, 0)[0] - at(0, 0)[0], _INK)
    for edge in (6, 26):
        pen.ellipse((*at(edge - 3.5, 12.5), *at(edge + 3.5, 19.5)), _GROUND)
    corners = [at(11.5, 16.3), at(14.7, 19.5), at(20.7, 13)]
    pen.line(corners, _GROUND, width, "curve")
    for x, y in corners:
        pen.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), _GROUND)
    file = BytesIO()
    picture.resize((size, size), Image.Resampling.LANCZOS).save(file, "PNG", optimize=True)
    return file.getvalue()
