"""Sign-offs: of one difference, as it stands."""

from __future__ import annotations

from dataclasses import replace

from shadow.config import Accepted
from shadow.parity.result import Check, Row, Seen, Unequal, judge

UNEQUAL = Unequal(Check.AST, "login", ("-a", "+b"))
SEEN = Seen(Check.AST, (Row("login", "login", "login", "90%"), Row("logout", "logout", "logout")), (UNEQUAL,))
SIGNED = Accepted("ast", "login", UNEQUAL.digest, "the port must say b")


def test_an_unsigned_difference_is_open() -> None:
    result = judge(SEEN, ())
    assert (result.open, result.accepted, result.clean) == ((UNEQUAL,), (), False)


def test_a_signed_difference_is_told_with_its_reason() -> None:
    result = judge(SEEN, (SIGNED,))
    assert (result.open, result.accepted, result.clean) == ((), ((UNEQUAL, "the port must say b"),), True)


def test_another_difference_of_the_same_subject_is_open_and_the_old_sign_off_stale() -> None:
    other = replace(SEEN, unequal=(replace(UNEQUAL, lines=("-a", "+c")),))
    result = judge(other, (SIGNED,))
    assert (len(result.open), result.stale, result.clean) == (1, (SIGNED,), False)


def test_a_sign_off_of_nothing_is_not_clean() -> None:
    result = judge(replace(SEEN, unequal=()), (SIGNED,))
    assert (result.stale, result.clean) == ((SIGNED,), False)


def test_the_sign_offs_of_other_checks_are_none_of_this_one() -> None:
    other = replace(SIGNED, check="html")
    result = judge(SEEN, (other,))
    assert (result.open, result.stale) == ((UNEQUAL,), ())


def test_what_changes_from_run_to_run_can_be_left_out_of_the_digest() -> None:
    first, second = (Unequal(Check.HTML, "a", (f"value {n}",), ("value",)) for n in range(2))
    assert first.digest == second.digest
    assert first.digest != Unequal(Check.HTML, "a", ("value 0",), ("type",)).digest
