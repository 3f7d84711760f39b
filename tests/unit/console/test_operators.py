"""Everybody may have a token of their own: it is kept as a digest, named in the ledger, and gone when it is removed."""

from __future__ import annotations

from pathlib import Path

import pytest

from shadow.console.operators import add, folder_of, remove, since
from shadow.errors import NotFound, ShadowError
from tests.support.paper_desk import HOME, SECRET, Visitor

FREEZE = {"reason": "the week of the sale"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return folder_of(tmp_path / "var" / "console.token")


@pytest.fixture
def visitor(folder: Path) -> Visitor:
    return Visitor(folder)


def freeze(visitor: Visitor, token: str) -> int:
    bearer = {"Authorization": f"Bearer {token}".encode()}
    return visitor.ask("POST", "/api/freeze", json=FREEZE, headers=bearer).status_code


def test_the_name_of_a_tokens_owner_reaches_the_desk(visitor, folder):
    ann, ben = add(folder, "ann"), add(folder, "ben.f")
    assert [freeze(visitor, token) for token in (ann, ben, SECRET)] == [200, 200, 200]
    assert [who for *_, who in visitor.desk.moved] == ["ann@console", "ben.f@console", "console"]


def test_a_page_says_who_is_signed_in_and_its_buttons_act_for_them(visitor, folder):
    visitor.sign_in(add(folder, "ann"))
    assert '<span class="who">ann@console</span>' in visitor.ask("GET", "/").text
    assert visitor.ask("POST", "/freeze", data=FREEZE, headers={"Origin": HOME}).status_code == 303
    assert visitor.desk.moved == [("freeze", "the week of the sale", "ann@console")]


def test_a_removed_operator_is_shut_out_at_once_and_nobody_else(visitor, folder):
    ann, ben = add(folder, "ann"), add(folder, "ben")
    visitor.sign_in(ann)
    remove(folder, "ann")
    assert visitor.ask("GET", "/").status_code == 401
    assert (freeze(visitor, ann), freeze(visitor, ben), freeze(visitor, SECRET)) == (401, 200, 200)


def test_a_new_token_for_the_same_name_does_not_bring_old_sessions_back(visitor, folder):
    visitor.sign_in(add(folder, "ann"))
    remove(folder, "ann")
    add(folder, "ann")
    assert visitor.ask("GET", "/").status_code == 401


def test_what_is_kept_opens_nothing_and_only_its_owner_may_read_it(visitor, folder):
    token = add(folder, "ann")
    (kept,) = folder.iterdir()
    digest = kept.read_text().strip()
    assert token not in digest
    assert (folder.stat().st_mode & 0o777, kept.stat().st_mode & 0o777) == (0o700, 0o600)
    assert freeze(visitor, digest) == 401
    visitor.cookies.set("shadow_console", digest, domain="127.0.0.1")
    assert visitor.ask("GET", "/").status_code == 401


@pytest.mark.parametrize("content", ["", "short", "0" * 63, "é" * 64], ids=["empty", "short", "cut", "foreign"])
def test_a_file_that_is_no_digest_lets_nobody_in(visitor, folder, content):
    add(folder, "ann")
    (folder / "ann").write_text(content)
    (folder / "a folder").mkdir()
    (folder / "sub").mkdir()
    assert since(folder) == {}
    assert freeze(visitor, content) == 401
    assert freeze(visitor, SECRET) == 200


@pytest.mark.parametrize("name", ["", ".", "..", "../ann", "a/b", "-x", "ann\n", "ann b", "é", "\x1b[2J", "a" * 65])
def test_a_name_that_a_file_or_a_ledger_cannot_hold_is_refused(folder, name):
    with pytest.raises(ShadowError, match="is no name for an operator"):
        add(folder, name)
    with pytest.raises(NotFound, match="no operator is called"):
        remove(folder, name)
    assert not folder.exists()


def test_a_name_has_one_token(folder):
    add(folder, "ann")
    with pytest.raises(ShadowError, match=r"has a token already\. Next: shadow operators remove ann"):
        add(folder, "ann")
