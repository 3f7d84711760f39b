"""A checkpoint never jumps over an exchange that has no outcome, whatever the order in which they are judged."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shadow.mirror.unwritten import Unwritten
from tests.support.judgements import a_judgement


@given(st.permutations([(writer, sequence) for writer in "ab" for sequence in range(1, 6)]))
def test_what_may_be_written_is_always_a_whole_beginning_of_each_writer(judged: list[tuple[str, int]]) -> None:
    unwritten = Unwritten()
    for writer in "ab":
        for sequence in range(1, 6):
            unwritten.read(writer, sequence)
    written: dict[str, list[int]] = {"a": [], "b": []}
    for place, (writer, sequence) in enumerate(judged, 1):
        unwritten.judged([a_judgement(sequence, writer=writer)])
        judgements, checkpoint = unwritten.take()
        for one in judgements:
            written[one.writer].append(one.sequence)
        for name, last in checkpoint.items():
            assert written[name] == list(range(1, last + 1))
            assert {(name, number) for number in range(1, last + 1)} <= set(judged[:place])
    assert unwritten.count == 0
    assert written == {"a": [1, 2, 3, 4, 5], "b": [1, 2, 3, 4, 5]}


def test_judgements_that_were_shed_together_go_together() -> None:
    unwritten = Unwritten()
    unwritten.read("a", 1)
    unwritten.judged([a_judgement(1, writer="a", route="x"), a_judgement(1, writer="a", route="y")])
    judgements, checkpoint = unwritten.take()
    assert [one.route for one in judgements] == ["x", "y"]
    assert checkpoint == {"a": 1}
