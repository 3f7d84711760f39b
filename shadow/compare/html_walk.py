"""Walk two parsed pages together: elements aligned, attributes by name, one Difference for each unequal place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from shadow.compare.align import align, moved
from shadow.compare.decode import DECODER
from shadow.compare.differences import Tally
from shadow.compare.html_tree import TEXT, Node, tree
from shadow.compare.json_walk import JsonWalk, by_key
from shadow.compare.renaming import SHORTEST, opaque
from shadow.compare.rules import Declared

_PAGE = re.compile(r"(?:\s|<!--.*?-->)*<!doctype\s+html", re.IGNORECASE | re.DOTALL)
_OPEN = re.compile(r"[{\[]")
_SECRET = re.compile(r"csrf|xsrf|token|nonce", re.IGNORECASE)
_TRIES = 200  # brackets in one script that may begin JSON


def compare_html(primary: str, candidate: str, tally: Tally) -> None:
    """Report every unequal place of two pages; raises Exhausted."""
    if bool(_PAGE.match(primary)) != bool(_PAGE.match(candidate)):
        p, c = ("doctype", "") if _PAGE.match(primary) else ("", "doctype")
        tally.differ("html", "missing" if p else "extra", "html:html", p, c)
    walk = HtmlWalk(tally)
    walk.compare(tree(primary, tally.rules.html, tally), tree(candidate, tally.rules.html, tally))


class HtmlWalk:
    """One comparison of two trees."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    def compare(self, primary: Node, candidate: Node) -> None:
        """Two nodes that are taken for the same one."""
        self._tally.step()
        own = (*primary.rules, *candidate.rules) if primary.rules or candidate.rules else ()
        if primary.tag == TEXT:
            if not self._equal(primary.text, candidate.text):
                parent = primary.parent
                if parent is not None and parent.tag in ("script", "style"):
                    self._code(primary.place(), primary.text, candidate.text, own)
                else:
                    self._text(primary.place(), primary.text, candidate.text, "", own)
            return
        self._attributes(primary, candidate, own)
        self._children(primary, candidate)

    def _equal(self, primary: str, candidate: str) -> bool:
        """The common case: equal texts with nothing in them that is known under another name."""
        if primary != candidate or (len(primary) >= SHORTEST and not self._tally.renaming.known(primary)):
            return False
        self._tally.places += 1
        return True

    def _text(self, place: str, primary: str, candidate: str, name: str, own: Sequence[Declared]) -> None:
        self._tally.text("html", place, primary, candidate, name=name, own=own)

    def _attributes(self, primary: Node, candidate: Node, own: Sequence[Declared]) -> None:
        p, c = primary.attributes, candidate.attributes
        tally = self._tally
        for name, value in p.items():
            other = c.get(name)
            if value == other and self._equal(value, other):
                continue
            place = f"{primary.place()}@{name}"
            rules = (*_speaking(name, primary, candidate), *own)
            if other is None:
                tally.differ("html", "missing", place, value or name, "", rules)
            elif name.startswith("on") and value != other:
                self._code(place, value, other, rules)
            else:
                self._text(place, value, other, _name_of(primary, name), rules)
        for name in c.keys() - p.keys():
            rules = (*_speaking(name, primary, candidate), *own)
            tally.differ("html", "extra", f"{primary.place()}@{name}", "", c[name] or name, rules)

    def _children(self, primary: Node, candidate: Node) -> None:
        p, c, tally = primary.children, candidate.children, self._tally
        if not p and not c:
            return
        if (primary.own_rules or candidate.own_rules) and self._by_rule(primary, candidate):
            return
        if len(p) == len(c) and all(ours.tag == theirs.tag for ours, theirs in zip(p, c, strict=True)):
            mark, before = tally.mark(), len(tally.differences)
            for ours, theirs in zip(p, c, strict=True):
                self.compare(ours, theirs)
            if len(p) < 2 or len(tally.differences) - before < 2:
                return
            tally.step(len(p) + len(c))
            signatures = [node.signature() for node in p], [node.signature() for node in c]
            if not moved(*signatures):
                return
            tally.rewind(mark)
            if sorted(map(hash, signatures[0])) == sorted(map(hash, signatures[1])):
                rules = (*primary.rules, *candidate.rules)
                tally.differ("html", "order", primary.place(), _outline(p), _outline(c), rules)
                return
        self._aligned(p, c)

    def _aligned(self, p: Sequence[Node], c: Sequence[Node]) -> None:
        tally = self._tally
        tally.step(len(p) + len(c) + min(len(p) * len(c), 3600))
        ours, theirs = [node.signature() for node in p], [node.signature() for node in c]
        self._pairs(align(ours, theirs, lambda i, j: p[i].likeness(c[j])), p, c)

    def _pairs(self, pairs: Any, p: Sequence[Node], c: Sequence[Node]) -> None:
        for i, j in pairs:
            if i is None:
                self._lone("extra", c[j])
            elif j is None:
                self._lone("missing", p[i])
            elif p[i].tag != c[j].tag:
                self._lone("missing", p[i])
                self._lone("extra", c[j])
            else:
                self.compare(p[i], c[j])

    def _lone(self, kind: str, node: Node) -> None:
        """A node that one side has and the other has not: one difference, however much is in it."""
        if node.tag == TEXT and not node.text.strip():
            return  # a space between inline elements, told by the elements themselves
        self._tally.step(10)
        text = _outline([node])
        p, c = (text, "") if kind == "missing" else ("", text)
        self._tally.differ("html", kind, node.place(), p, c, node.rules)

    def _by_rule(self, primary: Node, candidate: Node) -> bool:
        """Pair the children as an `unordered` or `keyed` rule on this element asks."""
        p, c = primary.children, candidate.children
        for rule in (*primary.own_rules, *candidate.own_rules):
            if rule.kind == "unordered":
                pairs = by_key([node.signature() for node in p], [node.signature() for node in c], loose=True)
            elif rule.kind == "keyed":
                pairs = by_key(self._keys(p, rule.argument, ours=True), self._keys(c, rule.argument), loose=False)
            else:
                continue
            if any(i != j for i, j in pairs if i is not None and j is not None):
                self._tally.accept(rule, primary.place())
            self._pairs(pairs, p, c)
            return True
        return False

    def _keys(self, nodes: Sequence[Node], attribute: str, ours: bool = False) -> list[str]:
        keys = [node.attributes.get(attribute, "") for node in nodes]
        return [self._tally.renaming.candidate_of(key) or key for key in keys] if ours else keys

    def _code(self, place: str, primary: str, candidate: str, own: Sequence[Declared]) -> None:
        """Scripts: the JSON in them as JSON, the rest as text, line by line where the lines are as many."""
        if primary == candidate:
            return self._text(place, primary, candidate, "", own)
        code, values = cut_json(primary)
        other_code, other_values = cut_json(candidate)
        if len(values) == len(other_values) and values:
            for value, other in zip(values, other_values, strict=True):
                JsonWalk(self._tally, "html", place, own).compare(value, other)
            primary, candidate = code, other_code
        lines, others = primary.split("\n"), candidate.split("\n")
        if len(lines) != len(others):
            return self._text(place, primary, candidate, "", own)
        for line, other in zip(lines, others, strict=True):
            self._tally.step()
            if line != other or len(line) >= SHORTEST:
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


def _outline(nodes: Sequence[Node]) -> str:
    """Some nodes as short text: tag, id or name, and the words in them."""
    parts: list[str] = []
    for node in nodes[:20]:
        _write(node, parts, 0)
    return " ".join(parts)


def _write(node: Node, parts: list[str], depth: int) -> None:
    if len(parts) > 60 or depth > 20:
        return
    if node.tag == TEXT:
        parts.append(node.text.strip())
        return
    marks = "".join(
        f" {name}={node.attributes[name]}"
        for name in ("id", "name", "type", "href", "action")
        if name in node.attributes
    )
    parts.append(f"<{node.tag}{marks}>")
    for child in node.children:
        _write(child, parts, depth + 1)
