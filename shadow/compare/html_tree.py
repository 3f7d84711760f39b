"""Elements and texts of a page or an XML document: what they are equal by, how alike they are, and where they stand."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from types import MappingProxyType

from shadow.compare.identifiers import blanked
from shadow.compare.rules import Declared
from shadow.compare.timeless import Holder, Timeless, joined, timeless, without_clocks

_ANCHOR = re.compile(r"[A-Za-z][A-Za-z_-]*")


class Node:
    """An element; its children are elements and texts. `rules` are the declared rules that cover all of it.

    No dataclass: a page has hundreds, and what most of them do not have stays on the class.
    """

    attributes: Mapping[str, str] = MappingProxyType({})
    rules: tuple[Declared, ...] = ()  # of this element or of one above
    own_rules: tuple[Declared, ...] = ()
    attribute_rules: tuple[Declared, ...] = ()
    _signature: int | None = None
    _timeless: Timeless | None = None
    _words: frozenset[str] | None = None
    _positions: Mapping[Node, str] | None = None  # of the children, once for all of them

    def __init__(self, tag: str, parent: Node | None = None) -> None:
        self.tag = tag
        self.parent = parent
        self.children: list[Child] = []

    def written(self) -> str | None:
        """All of it as one text, where a parser can write that."""
        return None

    def signature(self) -> int:
        """Equal for nodes that are equal up to renaming."""
        if self._signature is None:
            attributes = tuple(sorted((name, blanked(value)) for name, value in self.attributes.items()))
            below = tuple(child.signature() if isinstance(child, Node) else blanked(child) for child in self.children)
            self._signature = hash((self.tag, attributes, below))
        return self._signature

    def timeless(self) -> Timeless:
        """Its key without the clocks in it, and what these read."""
        if self._timeless is None:
            attributes = [timeless((name, blanked(value))) for name, value in sorted(self.attributes.items())]
            children = self.children
            below = [child.timeless() if isinstance(child, Node) else timeless(blanked(child)) for child in children]
            self._timeless = joined([*attributes, *below], self.tag)
        return self._timeless

    def words(self) -> frozenset[str]:
        """The texts and attribute values below, for telling how alike two nodes are."""
        if self._words is None:
            found = {f"{name}={without_clocks(blanked(value))}" for name, value in self.attributes.items()}
            for child in self.children:
                found |= {without_clocks(blanked(child))} if isinstance(child, str) else child.words()
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


class Key(Holder):
    """An element by its signature."""

    __slots__ = ("_node", "_signature")

    def __init__(self, node: Node) -> None:
        self._node = node
        self._signature = node.signature()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Key) and self._signature == other._signature

    def __hash__(self) -> int:
        return self._signature

    def timeless(self) -> Timeless:
        """The key without the clocks in the element."""
        return self._node.timeless()


def signature(child: Child) -> Hashable:
    """Equal for elements and texts that are equal up to renaming."""
    return blanked(child) if isinstance(child, str) else Key(child)


def likeness(child: Child, other: Child) -> float:
    """How alike two children are, from 0 to 1."""
    if isinstance(child, str) or isinstance(other, str):
        return 0.05 if isinstance(child, str) and isinstance(other, str) else 0.0
    return child.likeness(other)


def outline(children: Sequence[Child]) -> str:
    """Some nodes as short text: tag, id or name, and the words in them."""
    parts: list[str] = []
    for child in children[:20]:
        _write(child, parts, 0)
    return " ".join(parts)


def _write(child: Child, parts: list[str], depth: int) -> None:
    if len(parts) > 60 or depth > 20:
        return
    if isinstance(child, str):
        parts.append(child.strip())
        return
    shown = [name for name in ("id", "name", "type", "href", "action") if name in child.attributes]
    parts.append(f"<{child.tag}{''.join(f' {name}={child.attributes[name]}' for name in shown)}>")
    for below in child.children:
        _write(below, parts, depth + 1)
