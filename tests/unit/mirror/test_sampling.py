"""The samples of a finding: the first of each build, then one a minute."""

from __future__ import annotations

from shadow.mirror import sampling
from shadow.mirror.sampling import Sampling


def test_the_first_sightings_of_each_build_have_samples_and_later_ones_now_and_then() -> None:
    found = Sampling()
    first = [found.wanted("b1", ["f"], 1000.0 + second) == [True] for second in range(10)]
    assert first == [True] * 8 + [False] * 2
    assert found.wanted("b2", ["f"], 1010.0) == [True]
    assert found.wanted("b1", ["f"], 1066.9) == [False]
    assert found.wanted("b1", ["f"], 1067.0) == [True]
    assert found.wanted("b1", ["f"], 1068.0) == [False]


def test_two_places_of_one_finding_in_one_answer_are_one_sighting() -> None:
    found = Sampling()
    assert found.wanted("b1", ["f", "g", "f"], 1000.0) == [True, True, True]
    assert [found.wanted("b1", ["f"], 1000.0) == [True] for _ in range(8)] == [True] * 7 + [False]


def test_only_so_many_findings_are_remembered(monkeypatch) -> None:
    monkeypatch.setattr(sampling, "_FINDINGS", 2)
    found = Sampling()
    for name in ("f", "g", "h"):
        found.wanted("b1", [name] * 8, 1000.0)
    assert len(found._made) == 2
