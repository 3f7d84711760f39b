"""A bounded copy: the beginning of a body, its whole size, and one budget for all captures."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shadow.proxy.capture import Capture, CaptureBudget, captured

_PIECES = st.lists(st.binary(max_size=12), max_size=12)


@given(_PIECES, st.integers(0, 40), st.integers(0, 60))
def test_what_is_kept_is_a_beginning_and_the_size_is_the_whole(pieces: list[bytes], limit: int, room: int) -> None:
    budget = CaptureBudget(room)
    capture = Capture(limit, budget)
    for piece in pieces:
        capture.add(piece)
    held = room - budget.left
    body = capture.close()
    whole = b"".join(pieces)
    assert whole.startswith(body.data)
    assert len(body.data) == held == min(len(whole), limit, room)
    assert (body.size, body.truncated) == (len(whole), body.data != whole)
    assert budget.left == room


@given(st.binary(max_size=40), st.integers(0, 40))
def test_a_whole_body_is_captured_as_in_pieces(data: bytes, limit: int) -> None:
    capture = Capture(limit, CaptureBudget(1000))
    capture.add(data)
    assert captured(data, limit) == capture.close()


def test_a_body_that_broke_off_is_marked_however_short() -> None:
    capture = Capture(100, CaptureBudget(100))
    capture.add(b"part")
    assert capture.close(whole=False).truncated


def test_nothing_is_kept_after_the_end() -> None:
    budget = CaptureBudget(100)
    capture = Capture(100, budget)
    capture.close()
    capture.add(b"late")
    assert budget.left == 100


def test_room_that_comes_back_in_the_middle_makes_no_hole() -> None:
    budget = CaptureBudget(2)
    capture = Capture(100, budget)
    capture.add(b"abc")
    budget.give_back(100)
    capture.add(b"def")
    assert capture.close().data == b"ab"
