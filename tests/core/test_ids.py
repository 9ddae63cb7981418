"""Identifiers and codes: unguessable, checked, and forgiving to who types them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn

from core import ids
from core.errors import NotFound


def test_an_id_reads_back_and_nothing_else_does() -> None:
    id = ids.new()

    assert ids.parse("cu", ids.public("cu", id)) == id
    for wrong in ("", "cu_", "sh_" + id.hex, "cu_" + "x" * 32, id.hex, "cu_" + id.hex + "0"):
        with pytest.raises(NotFound):
            ids.parse("cu", wrong)


def test_ids_of_later_rows_are_larger() -> None:
    made = [ids.new() for _ in range(1000)]

    assert made == sorted(made)


def test_a_code_has_no_look_alikes_and_a_check_character() -> None:
    for _ in range(200):
        code = ids.new_code()
        assert len(code) == ids.CODE_LENGTH
        assert not set(code) & set("ILOU")
        assert luhn.is_valid(code, ids.ALPHABET)


@given(st.integers(0, ids.CODE_LENGTH - 1), st.sampled_from(ids.ALPHABET))
def test_one_mistyped_character_is_noticed(place: int, typed: str) -> None:
    code = ids.new_code()
    wrong = code[:place] + typed + code[place + 1 :]

    assert luhn.is_valid(wrong, ids.ALPHABET) == (wrong == code)


@pytest.mark.parametrize(
    "typed",
    [
        "7KQF0123ABCD",
        "7kqf-0123-abcd",
        " 7KQF 0123 ABCD ",
        "7KQFOI23ABCD",
        "７ＫＱＦ０１２３ＡＢＣＤ",
        "HTTPS://SHOP.EXAMPLE/C/7KQF0123ABCD",
        "http://localhost:8000/c/7kqf-0123-abcd?x=1",
        "7KQF—0123–ABCD",
        "HTTPS://SHOP.EXAMPLE/C/7KQF0123ABCD.0123456Z",
        "7kqf-0123-abcd.0123456z",
        "HTTPS://SHOP.EXAMPLE/C/7KQF0123ABCD." + "A2" * 66,
    ],
)
def test_however_it_is_typed_a_code_is_the_same(typed: str) -> None:
    assert ids.normalise(typed) == "7KQF0123ABCD"


def test_what_hangs_on_a_code_can_be_told_from_it() -> None:
    assert ids.split("HTTPS://SHOP.EXAMPLE/C/7KQF.0123456Z") == ("7KQF", "0123456Z")
    assert ids.split(" 7kqf.0123456z ") == ("7KQF", "0123456Z")
    assert ids.split("7K.QF-0123.ABCD") == ("7KQF0123ABCD", None)


@given(st.text(max_size=300))
def test_any_text_has_a_normal_form_that_stays(text: str) -> None:
    once = ids.normalise(text)

    assert ids.normalise(once) == once
    assert len(once) <= 64


def test_a_card_number_is_told_from_a_code() -> None:
    number = ids.new_number()

    assert ids.is_number(number)
    assert not ids.is_number(number[:-1] + str((int(number[-1]) + 1) % 10))
    assert not ids.is_number(ids.new_code())
    assert not ids.is_number("١" * 16)
