"""Refusals: the business says no, on purpose, in words a person can be shown."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, ClassVar


def N_(sentence: str) -> str:  # noqa: N802  # gettext's name for "translate this later"
    """Mark a sentence for the catalogue; it is translated when it is told."""
    return sentence


class Refusal(Exception):
    """Base of every expected "no".

    A refusal is not a bug. It has a code that clients may rely on for ever, a sentence for
    the person at the till, and the facts the sentence is made of. Facts named in ``money``
    are minor units and shown in the merchant's currency.
    """

    code: ClassVar[str]
    sentence: ClassVar[str]
    status: ClassVar[HTTPStatus] = HTTPStatus.CONFLICT
    money: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, **facts: Any) -> None:
        super().__init__(self.code)
        self.facts = facts


class NotFound(Refusal):
    code = "not_found"
    sentence = N_("There is nothing here by that name.")
    status = HTTPStatus.NOT_FOUND


class NotSignedIn(Refusal):
    code = "not_signed_in"
    sentence = N_("Please sign in, or send a valid key.")
    status = HTTPStatus.UNAUTHORIZED


class NotAllowed(Refusal):
    code = "not_allowed"
    sentence = N_("This needs the permission {permission}.")
    status = HTTPStatus.FORBIDDEN


class WrongShop(Refusal):
    code = "wrong_shop"
    sentence = N_("This belongs to a shop that you do not work for.")
    status = HTTPStatus.FORBIDDEN


class BadToken(Refusal):
    code = "csrf_failed"
    sentence = N_("This page is too old. Reload it and try again.")
    status = HTTPStatus.BAD_REQUEST


class SignInFailed(Refusal):
    code = "sign_in_failed"
    sentence = N_("That did not match. Check what you typed and try again.")
    status = HTTPStatus.UNAUTHORIZED


class TooManyAttempts(Refusal):
    code = "too_many_attempts"
    sentence = N_("Too many attempts. Try again in {retry_after} seconds.")
    status = HTTPStatus.TOO_MANY_REQUESTS


class InvalidRequest(Refusal):
    """The request has the wrong shape; ``errors`` says where, by field path."""

    code = "invalid_request"
    sentence = N_("Some fields are not right.")
    status = HTTPStatus.UNPROCESSABLE_ENTITY

    def __init__(self, errors: dict[str, Any]) -> None:
        super().__init__()
        self.errors = errors


class KeyMissing(Refusal):
    code = "idempotency_key_missing"
    sentence = N_("Send an Idempotency-Key header of 16 to 64 printable characters.")
    status = HTTPStatus.BAD_REQUEST


class KeyReused(Refusal):
    code = "idempotency_key_reused"
    sentence = N_("This Idempotency-Key was used for another request.")
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class Stale(Refusal):
    code = "stale"
    sentence = N_("Somebody changed this meanwhile. Load it again.")
    status = HTTPStatus.PRECONDITION_FAILED


class WrongState(Refusal):
    code = "wrong_state"
    sentence = N_("This is {state} now, so that cannot be done.")


class AlreadyExists(Refusal):
    code = "already_exists"
    sentence = N_("There is one with this {field} already.")


class OwnerNeeded(Refusal):
    code = "owner_needed"
    sentence = N_("There must be at least one active owner.")


class PasswordTooWeak(Refusal):
    code = "password_too_weak"
    sentence = N_("Use a password of at least {minimum} characters.")
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class ApprovalNeeded(Refusal):
    """A second person must allow it; ``action`` and ``subject`` say what they would allow."""

    code = "approval_needed"
    sentence = N_("This needs a second person. Ask a supervisor to approve it.")


class OwnApproval(Refusal):
    code = "own_approval"
    sentence = N_("Nobody approves what they ask for themselves. Ask another supervisor.")
    status = HTTPStatus.FORBIDDEN


class TillNeeded(Refusal):
    code = "till_needed"
    sentence = N_("This is done at a till, by whoever is signed on there.")


class PinTooWeak(Refusal):
    code = "pin_too_weak"
    sentence = N_("Use a PIN of 4 to 8 digits that are not all the same or in a row.")
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class DatabaseBusy(Refusal):
    code = "database_busy"
    sentence = N_("The database is busy. Nothing was changed; try again in a moment.")
    status = HTTPStatus.SERVICE_UNAVAILABLE


class DatabaseGone(Refusal):
    code = "database_gone"
    sentence = N_(
        "The database does not answer. Nothing was confirmed; try again with the same key."
    )
    status = HTTPStatus.SERVICE_UNAVAILABLE


class DatabaseFull(Refusal):
    code = "database_full"
    sentence = N_("The disk of the database is full. Nothing was changed; tell the owner.")
    status = HTTPStatus.INSUFFICIENT_STORAGE


class NotReady(Refusal):
    code = "not_ready"
    sentence = N_("The database schema is not up to date. Run: flask db upgrade")
    status = HTTPStatus.SERVICE_UNAVAILABLE


class HttpProblem(Refusal):
    """What the web framework itself refuses, or a bug of ours; see core.problems for the codes."""

    code = "http_error"
    sentence = N_("The request cannot be answered.")
    status = HTTPStatus.BAD_REQUEST

    def __init__(self, status: int, code: str, sentence: str) -> None:
        super().__init__()
        self.__dict__.update(code=code, sentence=sentence, status=HTTPStatus(status))


def every_refusal(kind: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    """Yield every refusal there is, so that docs and catalogues can be held against them."""
    for child in kind.__subclasses__():
        yield child
        yield from every_refusal(child)
