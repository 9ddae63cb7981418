"""Coupons that a till takes without a line: which may be, what hangs on them, which are gone."""
