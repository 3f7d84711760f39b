"""Texts of traffic made fit to be kept: half a surrogate pair in JSON has no UTF-8, and must not stop a batch."""

from __future__ import annotations

from dataclasses import replace

from shadow.judgement import Judgement


def storable(text: str) -> str:
    """The text itself, with a question mark for each character that UTF-8 cannot hold."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def storable_judgement(judgement: Judgement) -> Judgement:
    """The judgement with every text that comes from traffic made fit to be kept."""
    shape, path, reason = storable(judgement.shape), storable(judgement.path), storable(judgement.reason)
    if not judgement.differences and (shape, path, reason) == (judgement.shape, judgement.path, judgement.reason):
        return judgement
    return replace(
        judgement,
        shape=shape,
        path=path,
        reason=reason,
        differences=tuple(
            replace(one, place=storable(one.place), primary=storable(one.primary), candidate=storable(one.candidate))
            for one in judgement.differences
        ),
        samples=tuple(
            replace(one, primary=storable(one.primary), candidate=storable(one.candidate)) for one in judgement.samples
        ),
    )
