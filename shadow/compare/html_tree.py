"""A page as a browser would parse it, as plain nodes: whitespace folded, comments gone, entities decoded.

Whitespace that a browser shows between inline content is kept as one space, all other whitespace between elements is
layout of the template and no content.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from selectolax.lexbor import LexborHTMLParser, LexborNode

from shadow.compare.differences import Exhausted, Tally
from shadow.compare.identifiers import blanked
from shadow.compare.rules import Declared

_TEXT = "-text"
_DEPTH = 200
_KEPT_AS_IS = frozenset({"pre", "textarea", "listing"})
_CODE = frozenset({"script", "style"})
_INLINE = frozenset(
    "a abbr b bdi bdo button cite code data del dfn em i img input ins kbd label mark meter output progress q s samp"  # noqa: SIM905
    " select small span strong sub sup time u var".split()
)
_BOOLEAN = frozenset(
    "allowfullscreen async autofocus autoplay checked controls default defer disabled formnovalidate hidden inert ismap"  # noqa: SIM905
    " itemscope loop multiple muted nomodule novalidate open playsinline readonly required reversed selected".split()
)
_ANCHOR = re.compile(r"[A-Za-z][A-Za-z_-]*")
_BLANKS = " \t\n\f\r"
_SPACE = re.compile(r"[ \t\n\f\r]+")  # HTML whitespace; a no-break space is content
CELLS = re.compile(r"\s*(?:<!--.*?-->\s*)*<(tr|td|th|tbody|thead|tfoot|caption|colgroup)\b", re.IGNORECASE | re.DOTALL)
_WRAPS = {"tr": ("<table><tbody>", "tbody"), "td": ("<table><tr>", "tr"), "th": ("<table><tr>", "tr")}


class Node:
    """An element; its children are elements and texts. `rules` are the declared rules that cover all of it.

    No dataclass: a page has hundreds, and what most of them do not have stays on the class.
    """

    attributes: Mapping[str, str] = MappingProxyType({})
    rules: tuple[Declared, ...] = ()  # of this element or of one above
    own_rules: tuple[Declared, ...] = ()
    attribute_rules: tuple[Declared, ...] = ()
    _signature: int | None = None
    _words: frozenset[str] | None = None
    _positions: Mapping[Node, str] | None = None  # of the children, once for all of them

    def __init__(self, tag: str, parent: Node | None = None) -> None:
        self.tag = tag
        self.parent = parent
        self.children: list[Child] = []

    def signature(self) -> int:
        """Equal for nodes that are equal up to renaming."""
        if self._signature is None:
            attributes = tuple(sorted((name, blanked(value)) for name, value in self.attributes.items()))
            self._signature = hash((self.tag, attributes, tuple(map(signature, self.children))))
        return self._signature

    def words(self) -> frozenset[str]:
        """The texts and attribute values below, for telling how alike two nodes are."""
        if self._words is None:
            found = {f"{name}={blanked(value)}" for name, value in self.attributes.items()}
            for child in self.children:
                found |= {blanked(child)} if isinstance(child, str) else child.words()
            self._words = frozenset(found)
        return self._words

    def likeness(self, other: Node) -> float:
        """How alike two nodes are: 0 for other tags or other ids, else the share of what both have."""
        if self.tag != other.tag:
            return 0.0
        ours, theirs = self.attributes.get("id", ""), other.attributes.get("id", "")
        if blanked(ours) != blanked(theirs):
            return 0.02
        p, c = self.words(), other.words()
        return 0.05 + 0.9 * len(p & c) / max(len(p), len(c), 1)

    def place(self) -> str:
        """A CSS-like path from the nearest ancestor with an id: `html:table#tasks > tbody > tr[3] > td[2]`."""
        steps: list[str] = []
        node: Node | None = self
        while node is not None and node.tag not in ("html", "head"):
            name = node.attributes.get("id", "")
            # An id with a number in it (`run-17`) names one of many: no anchor for a place that shall stay the same.
            if _ANCHOR.fullmatch(name):
                steps.append(f"{node.tag}#{name}")
                break
            steps.append(node.tag + node.position())
            node = node.parent
        return "html:" + " > ".join(reversed(steps or ["html"]))

    def position(self) -> str:
        """Which one of its tag among its siblings: `[2]`; empty for the only one."""
        if self.parent is None:
            return ""
        positions = self.parent._positions
        if positions is None:
            positions = self.parent._positions = _numbered(self.parent.children)
        return positions[self]


Child = Node | str


def _numbered(children: Sequence[Child]) -> dict[Node, str]:
    alike: dict[str, list[Node]] = {}
    for child in children:
        if isinstance(child, Node):
            alike.setdefault(child.tag, []).append(child)
    return {
        node: f"[{number}]" if len(nodes) > 1 else ""
        for nodes in alike.values()
        for number, node in enumerate(nodes, 1)
    }


def texts(child: Child) -> Iterator[str]:
    """Every text and attribute value of it, in order."""
    if isinstance(child, str):
        yield child
        return
    yield from child.attributes.values()
    for below in child.children:
        yield from texts(below)


def signature(child: Child) -> Hashable:
    """Equal for elements and texts that are equal up to renaming."""
    return blanked(child) if isinstance(child, str) else child.signature()


def likeness(child: Child, other: Child) -> float:
    """How alike two children are, from 0 to 1."""
    if isinstance(child, str) or isinstance(other, str):
        return 0.05 if isinstance(child, str) and isinstance(other, str) else 0.0
    return child.likeness(other)


@dataclass(slots=True)
class Masks:
    """Which nodes of one document the html rules have selected, by the parser's own node id."""

    whole: dict[int, tuple[Declared, ...]] = field(default_factory=dict)
    attributes: dict[int, tuple[Declared, ...]] = field(default_factory=dict)


def tree(text: str, rules: Sequence[Declared], tally: Tally) -> Node:
    """The parsed page with its rules attached; raises Exhausted for one that is too large or too deep."""
    wrap, inner = "", ""
    found = CELLS.match(text)
    if found:
        # A fragment of table rows, which a script puts into a table: alone in a body the parser would drop its tags.
        wrap, inner = _WRAPS.get(found[1].lower(), ("<table>", "table"))
    parser = LexborHTMLParser(wrap + text)
    root = parser.root
    if root is None:
        return Node("html")
    masks = _masks(parser, rules)
    if inner:
        root = parser.css_first(inner) or root
        top = Node("body")
        _children(root, top, masks, tally, 0)
        return top
    top = Node("html")
    _fill(root, top, masks, tally, 0)
    return top


def _masks(parser: LexborHTMLParser, rules: Iterable[Declared]) -> Masks:
    masks = Masks()
    for rule in rules:
        chosen = masks.attributes if rule.attribute else masks.whole
        for node in parser.css(rule.selector):
            chosen[node.mem_id] = (*chosen.get(node.mem_id, ()), rule)
    return masks


def _fill(source: LexborNode, node: Node, masks: Masks, tally: Tally, depth: int) -> None:
    """Take over attributes, rules and children of one element."""
    if depth > _DEPTH:
        raise Exhausted
    attributes = source.attributes
    if attributes:
        found = {name: _attribute(name, value or "") for name, value in attributes.items()}
        node.attributes = _labels_folded(found) if node.tag == "meta" else found
    if masks.whole or masks.attributes:
        node.own_rules = masks.whole.get(source.mem_id, ())
        node.attribute_rules = masks.attributes.get(source.mem_id, ())
        node.rules = (*node.own_rules, *(node.parent.rules if node.parent else ()))
    _children(source, node, masks, tally, depth)


def _children(source: LexborNode, node: Node, masks: Masks, tally: Tally, depth: int) -> None:
    child = source.first_child
    if child is None:
        return
    tally.step(3)
    found: list[Child] = []
    texts = False
    while child is not None:
        tag = child.tag or "-"
        if tag == _TEXT:
            text = child.text_content
            if not text:
                child = child.next
                continue
            texts = True
            if found and isinstance(found[-1], str):
                found[-1] += text  # a comment stood between them
            else:
                found.append(text)
        elif tag[0] not in "-!":
            below = Node(tag, node)
            found.append(below)
            _fill(child, below, masks, tally, depth + 1)
        child = child.next
    node.children = _folded(found, node.tag) if texts else found


def _folded(found: list[Child], tag: str) -> list[Child]:
    """The children with their texts as a browser shows them, without those that it does not show."""
    if tag in _KEPT_AS_IS:
        return found
    if tag in _CODE:
        return [code for code in (lines(item) for item in found if isinstance(item, str)) if code]
    kept: list[Child] = []
    last = len(found) - 1
    for position, item in enumerate(found):
        if isinstance(item, Node):
            kept.append(item)
            continue
        text = " ".join(item.split()) if item.isascii() else _SPACE.sub(" ", item).strip(" ")
        before = item[0] in _BLANKS and position > 0 and _inline(found[position - 1])
        after = item[-1] in _BLANKS and position < last and _inline(found[position + 1])
        if text:
            kept.append(f"{' ' if before else ''}{text}{' ' if after else ''}")
        elif before and after:
            kept.append(" ")
    return kept


def _inline(item: Child) -> bool:
    return isinstance(item, Node) and item.tag in _INLINE


def lines(code: str) -> str:
    """Code without indentation and empty lines, which templates add at will."""
    return "\n".join([line for line in map(str.strip, code.splitlines()) if line])


def _labels_folded(attributes: dict[str, str]) -> dict[str, str]:
    """The attributes of a meta element: names of charsets and media types say the same in either case."""
    folded = {"charset", "http-equiv"}
    if attributes.get("http-equiv", "").lower() == "content-type":
        folded.add("content")
    return {name: value.lower() if name in folded else value for name, value in attributes.items()}


def _attribute(name: str, value: str) -> str:
    if name in _BOOLEAN:
        return ""
    if name == "class":
        return " ".join(sorted(set(value.split()))) if " " in value.strip() else value.strip()
    return " ".join(value.split()) if name == "style" else value
