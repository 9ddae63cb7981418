"""How long things take at the tills, as the tills measure it."""

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from core import clock, timings, web
from core.pages.desk import admin

WANTED = {"start": 2000, "decode": 100, "answer": 150}
"""What 95 of 100 should stay within, in milliseconds."""


@admin.get("/tills/speed")
@web.requires("shops:read")
@web.reading
def speed(session: Session) -> ResponseReturnValue:
    """Show how fast the tills are."""
    found = timings.spreads(session, zone=web.merchant().zone, at=clock.now())
    return render_template("admin/shops/speed.html", spreads=found, wanted=WANTED)
