"""A part of something that is undone in parts: the parts sum to the whole, however it is cut."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Share:
    """How much of a whole was done before a step, and how much is done after it.

    Of any amount the step's part is the difference of two running totals, each rounded down. So
    no unit is lost or invented, and the step that completes the whole completes every amount.
    """

    before: int
    after: int
    whole: int

    @classmethod
    def rest(cls, done: int, whole: int) -> "Share":
        """Return the step that completes a whole; one of nothing is done in one step."""
        return cls(done, whole, whole) if whole else cls(0, 1, 1)

    def upto(self, amount: int) -> int:
        """Return how much of an amount is done after this step."""
        return amount * self.after // self.whole

    def since(self, amount: int) -> int:
        """Return how much of an amount was done before this step."""
        return amount * self.before // self.whole

    def of(self, amount: int) -> int:
        """Return this step's part of an amount."""
        return self.upto(amount) - self.since(amount)

    @property
    def completes(self) -> bool:
        """Tell whether nothing is left after this step."""
        return self.after == self.whole
