"""Walk two parsed pages together: elements aligned, attributes by name, one Difference for each unequal place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from shadow.compare.align import Pair, Unlike, align, equal_ends, moved
from shadow.compare.decode import DECODER
from shadow.compare.differences import Tally
from shadow.compare.elements import by_key
from shadow.compare.html_page import COMMENTS, Page
from shadow.compare.html_tree import Child, Node, likeness, outline, signature, texts
from shadow.compare.identifiers import SHORTEST, opaque
from shadow.compare.json_walk import JsonWalk
from shadow.compare.kin import Kin
from shadow.compare.quick import same_but_names
from shadow.compare.rules import Declared

_PAGE = re.compile(COMMENTS + r"<!doctype\s+html", re.IGNORECASE | re.DOTALL)
_OPEN = re.compile(r"[{\[]")
_SECRET = re.compile(r"csrf|xsrf|token|nonce", re.IGNORECASE)
_TRIES = 200  # brackets in one script that may begin JSON
_TRIES_WRITTEN = 16  # elements that may be written out in vain


def compare_html(primary: str, candidate: str, tally: Tally) -> None:
    """Report every unequal place of two pages; raises Exhausted."""
    if bool(_PAGE.match(primary)) != bool(_PAGE.match(candidate)):
        p, c = ("doctype", "") if _PAGE.match(primary) else ("", "doctype")
        tally.differ("html", "missing" if p else "extra", "html:html", p, c)
    with Page(primary, tally.rules.html, tally) as ours, Page(candidate, tally.rules.html, tally) as theirs:
        alone = ours.alone and theirs.alone
        HtmlWalk(tally).compare(ours.top(alone=alone), theirs.top(alone=alone))


class HtmlWalk:
    """One comparison of two trees; `layer` is what their differences belong to."""

    def __init__(self, tally: Tally, layer: str = "html") -> None:
        self._tally = tally
        self._layer = layer
        self._counted = tally.renaming.counted
        self._probing = False  # only whether two elements are equal is asked
        # Where rules or numbers may speak, every place must be seen.
        self._tries = 0 if tally.rules.html or self._counted else _TRIES_WRITTEN

    def compare(self, primary: Node, candidate: Node) -> None:
        """Two elements that are taken for the same one."""
        self._tally.step()
        if self._tries and self._written_alike(primary, candidate):
            return
        if primary.attributes or candidate.attributes:
            self._attributes(primary, candidate)
        if primary.children or candidate.children:
            self._children(primary, candidate)

    def _written_alike(self, primary: Node, candidate: Node) -> bool:
        """True for one of several elements that is the same but for names as the parser writes it, with all in it."""
        if primary.parent is None or len(primary.parent.children) < 3:
            return False
        text, other = primary.written(), candidate.written()
        if text is None or other is None:
            return False
        self._tally.step((len(text) + len(other)) // 64)
        if not same_but_names(text, other, self._tally.renaming):
            self._tries -= 1
            return False
        self._tally.places += 1 + text.count("<")
        return True

    def _texts(self, parents: tuple[Node, Node], primary: str, candidate: str) -> None:
        parent, other = parents
        code = parent.tag in ("script", "style")
        if code and primary != candidate:
            if self._same_code(primary, candidate):
                return
        elif self._tally.same(primary, candidate):
            return
        self._tally.step()
        self._unequal()
        own = (*parent.rules, *other.rules)
        if code:
            self._code(parent.place(), primary, candidate, own)
        else:
            self._text(parent.place(), primary, candidate, "", own)

    def _same_code(self, primary: str, candidate: str) -> bool:
        """True for code that is equal but for names. What a clock says in it, `_code` must tell."""
        tally = self._tally
        if tally.rules.all or self._counted or not same_but_names(primary, candidate, tally.renaming):
            return False
        tally.places += 1
        return True

    def _text(self, place: str, primary: str, candidate: str, name: str, own: Sequence[Declared]) -> None:
        self._tally.text(self._layer, place, primary, candidate, name=name, own=own)

    def _attributes(self, primary: Node, candidate: Node) -> None:
        p, c, tally = primary.attributes, candidate.attributes, self._tally
        for name, value in p.items():
            other = c.get(name)
            if value == other and len(value) < SHORTEST and not self._counted:
                tally.places += 1
                continue
            called = _name_of(primary, name)
            code = name.startswith("on") and value != other
            if other is not None and not code and tally.same(value, other, called):
                continue
            self._unequal()
            place = f"{primary.place()}@{name}"
            rules = (*_speaking(name, primary, candidate), *primary.rules, *candidate.rules)
            if other is None:
                tally.differ(self._layer, "missing", place, value or name, "", rules)
            elif code:
                self._code(place, value, other, rules)
            else:
                self._text(place, value, other, called, rules)
        for name in [name for name in c if name not in p]:
            self._unequal()
            rules = (*_speaking(name, primary, candidate), *primary.rules, *candidate.rules)
            tally.differ(self._layer, "extra", f"{primary.place()}@{name}", "", c[name] or name, rules)

    def _children(self, primary: Node, candidate: Node) -> None:
        p, c, tally = primary.children, candidate.children, self._tally
        parents = primary, candidate
        if (primary.own_rules or candidate.own_rules) and self._by_rule(primary, candidate):
            return
        if len(p) == len(c) and all(map(_alike, p, c)):
            mark, before = tally.mark(), len(tally.differences)
            for ours, theirs in zip(p, c, strict=True):
                self._child(parents, ours, theirs)
            if len(p) < 2 or len(tally.differences) - before < 2 or self._probing:
                return
            tally.step(len(p) + len(c))
            signatures = list(map(signature, p)), list(map(signature, c))
            if not moved(*signatures):
                return
            tally.rewind(mark)
            if sorted(map(hash, signatures[0])) == sorted(map(hash, signatures[1])):
                rules = (*primary.rules, *candidate.rules)
                tally.differ(self._layer, "order", primary.place(), outline(p), outline(c), rules)
                return
        if self._probing:
            raise Unlike
        # Equal ends are walked at once, what lies between them is paired.
        start, end = equal_ends(len(p), len(c), lambda i, j: self._same(parents, p[i], c[j]))
        p, c = p[start : len(p) - end], c[start : len(c) - end]
        self._pairs(parents, self._aligned(p, c), p, c)

    def _same(self, parents: tuple[Node, Node], ours: Child, theirs: Child) -> bool:
        """True for two equal children, nothing masked. Of others nothing is kept, and lists in them are not aligned."""
        if not _alike(ours, theirs):
            return False
        tally, probing = self._tally, self._probing
        mark, self._probing = tally.mark(), True
        try:
            self._child(parents, ours, theirs)
            if tally.unblemished(mark):
                return True
        except Unlike:
            pass
        finally:
            self._probing = probing
        tally.rewind(mark)
        return False

    def _unequal(self) -> None:
        """Two values are not equal as they stand. With rules that may mean nothing; else it is all that was asked."""
        if self._probing and not self._tally.rules.all:
            raise Unlike

    def _aligned(self, p: Sequence[Child], c: Sequence[Child]) -> Iterable[Pair]:
        if not p or not c:
            return align(p, c, lambda i, j: 0.0)
        self._tally.step(len(p) + len(c) + min(len(p) * len(c), 3600))
        kin = Kin(map(texts, p), map(texts, c), self._tally.renaming)
        ours = list(zip(map(signature, p), kin.primary, strict=True))
        theirs = list(zip(map(signature, c), kin.candidate, strict=True))
        return align(ours, theirs, lambda i, j: likeness(p[i], c[j]) * kin.weight(i, j))

    def _child(self, parents: tuple[Node, Node], ours: Child, theirs: Child) -> None:
        """Two children of one sort."""
        if isinstance(ours, str) and isinstance(theirs, str):
            if ours == theirs and len(ours) < SHORTEST and not self._counted:
                self._tally.places += 1
            else:
                self._texts(parents, ours, theirs)
        elif isinstance(ours, Node) and isinstance(theirs, Node):
            self.compare(ours, theirs)

    def _pairs(self, parents: tuple[Node, Node], pairs: Iterable[Pair], p: Sequence[Child], c: Sequence[Child]) -> None:
        for i, j in pairs:
            if i is not None and j is not None and _alike(p[i], c[j]):
                self._child(parents, p[i], c[j])
                continue
            if i is not None:
                self._lone("missing", parents[0], p[i])
            if j is not None:
                self._lone("extra", parents[1], c[j])

    def _lone(self, kind: str, parent: Node, child: Child) -> None:
        """What one side has and the other has not: one difference, however much is in it."""
        self._tally.step(10)
        node = parent if isinstance(child, str) else child
        text = outline([child]) or "a space between inline elements"
        p, c = (text, "") if kind == "missing" else ("", text)
        self._tally.differ(self._layer, kind, node.place(), p, c, node.rules)

    def _by_rule(self, primary: Node, candidate: Node) -> bool:
        """Pair the children as an `unordered` or `keyed` rule on this element asks."""
        p, c = primary.children, candidate.children
        for rule in (*primary.own_rules, *candidate.own_rules):
            if rule.kind == "unordered":
                pairs = by_key(list(map(signature, p)), list(map(signature, c)), loose=True)
            elif rule.kind == "keyed":
                pairs = by_key(self._keys(p, rule.argument, ours=True), self._keys(c, rule.argument), loose=False)
            else:
                continue
            if any(i != j for i, j in pairs if i is not None and j is not None):
                self._tally.accept(rule, primary.place())
            self._pairs((primary, candidate), pairs, p, c)
            return True
        return False

    def _keys(self, children: Sequence[Child], attribute: str, ours: bool = False) -> list[str]:
        """The key attribute of each child, the primary's as the candidate calls it where that is known."""
        keys = ["" if isinstance(child, str) else child.attributes.get(attribute, "") for child in children]
        return [self._tally.renaming.candidate_of(key) or key for key in keys] if ours else keys

    def _code(self, place: str, primary: str, candidate: str, own: Sequence[Declared]) -> None:
        """Scripts: the JSON in them as JSON, the rest as text, line by line where the lines are as many."""
        if primary == candidate:
            return self._text(place, primary, candidate, "", own)
        code, values = cut_json(primary)
        other_code, other_values = cut_json(candidate)
        if len(values) == len(other_values) and values:
            for value, other in zip(values, other_values, strict=True):
                JsonWalk(self._tally, self._layer, place, own).compare(value, other)
            primary, candidate = code, other_code
        lines, others = primary.split("\n"), candidate.split("\n")
        if len(lines) != len(others):
            return self._text(place, primary, candidate, "", own)
        for line, other in zip(lines, others, strict=True):
            self._tally.step()
            if line != other or len(line) >= SHORTEST or self._counted:
                self._text(place, line, other, "", own)
        return None


def cut_json(code: str) -> tuple[str, list[Any]]:
    """The code with each object or list that is valid JSON replaced by a mark, and these values."""
    values: list[Any] = []
    parts: list[str] = []
    position = tries = 0
    while tries < _TRIES:
        found = _OPEN.search(code, position)
        if not found:
            break
        tries += 1
        try:
            value, end = DECODER.raw_decode(code, found.start())
        except (ValueError, RecursionError):
            parts.append(code[position : found.end()])
            position = found.end()
            continue
        parts.append(code[position : found.start()] + "\0")
        values.append(value)
        position = end
    return "".join(parts) + code[position:], values


def _speaking(name: str, *nodes: Node) -> list[Declared]:
    """The rules that were written for this attribute of one of these elements."""
    return [rule for node in nodes for rule in node.attribute_rules if rule.attribute in (name, "*")]


def _name_of(node: Node, attribute: str) -> str:
    """What a value is called: the name of its input or meta element where that tells more than the attribute's."""
    if attribute in ("value", "content"):
        name = node.attributes.get("name", "")
        value = node.attributes.get(attribute, "")
        return "token" if _SECRET.search(name) and opaque(value) else name
    return attribute


def _alike(child: Child, other: Child) -> bool:
    """True for two texts, or two elements of one tag."""
    if isinstance(child, str) or isinstance(other, str):
        return isinstance(child, str) and isinstance(other, str)
    return child.tag == other.tag
