"""Refer a friend: who brought whom, and what both get for it.

A referral goes ``attributed → qualified → (hold) → rewarded → reversed``, or ``→ expired``, and
into ``review`` where it looks as if nobody new was brought. It changes under the lock of the
friend's account; what the referrer gets, under the lock of the referrer's.
"""

from loyalty.referrals.qualifying import after_purchase, preview
from loyalty.referrals.undoing import after_undo

__all__ = ["after_purchase", "after_undo", "preview"]
