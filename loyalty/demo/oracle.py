"""What the report must say about the replayed days, worked out without the product.

All arithmetic is in ``oracle.sql``, over the raw files as ``facts.sql`` reads them.
"""

from datetime import date
from pathlib import Path

import duckdb

from loyalty.demo.year import CampaignFigures


def campaign_figures(study: duckdb.DuckDBPyConnection, *, until: date) -> list[CampaignFigures]:
    """Work out what each campaign brought.

    Args:
        study: The study, as ``open_study`` opens it.
        until: The first day that is left out; campaigns that start on it or later are too.

    Returns:
        One row per campaign, by number.
    """
    query = Path(__file__).with_name("oracle.sql").read_text(encoding="utf-8")
    rows = study.execute(query, {"until": until}).fetchall()
    return [CampaignFigures(*row) for row in rows]
