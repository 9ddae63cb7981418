"""What a browser keeps of the till for the time without a line: which files, in which version."""

import hashlib
import json
import re
from functools import cache
from pathlib import Path

from flask import current_app, url_for

STATIC = Path(__file__).parents[2] / "static"
START = "till/till.js"
SCANNER = "till/scan-worker.js"
WORKER = "till/service-worker.js"
DECODER = (
    "zxing-wasm/share.js",
    "zxing-wasm/reader/index.js",
    "zxing-wasm/reader/zxing_reader.wasm",
)

_IMPORT = re.compile(r'^(?:import|export)\b[^"]*?"(\.[^"]+)"', re.MULTILINE)


def scripts() -> list[str]:
    """Return the scripts of the till, but for the service worker itself, and its decoder."""
    own = (path.relative_to(STATIC).as_posix() for path in STATIC.glob("till/**/*.js"))
    vendored = (f"vendor/{name}" for name in DECODER if (STATIC / "vendor" / name).is_file())
    return sorted({*own, *vendored} - {WORKER})


def styles() -> list[str]:
    """Return the style sheets and the pictures of the till."""
    always = [f"css/{name}.css" for name in ("tokens", "base", "parts", "till")]
    parts = sorted(path.relative_to(STATIC).as_posix() for path in STATIC.glob("css/till/*.css"))
    return [*always, *parts, "icons.svg", "favicon.svg"]


@cache
def version() -> str:
    """Return the version of the scripts served: other scripts, another version."""
    digest = hashlib.sha256()
    for name in scripts():
        digest.update(f"{name}\0".encode() + (STATIC / name).read_bytes())
    return digest.hexdigest()[:16]


@cache
def at_once() -> list[str]:
    """Return the scripts that the page needs to start, so that they are all fetched at once."""
    found, waiting = [START], [START]
    while waiting:
        name = waiting.pop()
        for address in _IMPORT.findall((STATIC / name).read_text()):
            path = (STATIC / name).parent / address
            imported = path.resolve().relative_to(STATIC.resolve()).as_posix()
            if imported not in found:
                found.append(imported)
                waiting.append(imported)
    return found


def address(name: str) -> str:
    """Return where a script is served: an address that never says anything else."""
    return url_for("till.script", version=version(), name=name)


def kept() -> list[str]:
    """Return the addresses of everything that is kept."""
    return [
        *(address(name) for name in scripts()),
        *(url_for("static", filename=name) for name in styles()),
        url_for("till.no_line"),
    ]


def worker() -> tuple[str, str]:
    """Return the service worker, and the stamp of all that it keeps: other files, another stamp."""
    files, code = kept(), (STATIC / WORKER).read_text()
    page = (Path(str(current_app.template_folder)) / "till/no_line.html").read_text()
    stamp = hashlib.sha256("\n".join([*files, code, page]).encode()).hexdigest()[:16]
    return f"const SHELL = {json.dumps({'stamp': stamp, 'files': files})}\n\n{code}", stamp
