"""A page as a browser would parse it, as plain nodes: whitespace folded, comments gone, entities decoded.

Whitespace that a browser shows between inline content is kept as one space, all other whitespace between elements is
layout of the template and no content.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from selectolax.lexbor import LexborHTMLParser, LexborNode

from shadow.compare.differences import Exhausted, Tally
from shadow.compare.html_tree import Child, Node
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
# Of words from a list, in either case the same (HTML 2.4.4).
_KEYWORDS = frozenset({"method", "formmethod", "enctype", "formenctype", "dir", "scope"})
_BLANKS = " \t\n\f\r"
_SPACE = re.compile(r"[ \t\n\f\r]+")  # HTML whitespace; a no-break space is content
# A comment ends where it first can: to try another end would take a page of comments exponential time.
COMMENTS = r"(?>\s|<!--(?>-?>|.*?--!?>))*+"
CELLS = re.compile(COMMENTS + r"<(tr|td|th|tbody|thead|tfoot|caption|colgroup)\b", re.IGNORECASE | re.DOTALL)
_WRAPS = {"tr": ("<table><tbody>", "tbody"), "td": ("<table><tr>", "tr"), "th": ("<table><tr>", "tr")}


class Page:
    """One parsed page, its declared rules attached; to be left when it was compared.

    The parser's nodes are kept here and not in the elements. These hold one another in circles until garbage is
    collected, and the parser's memory is to be free at once.
    """

    def __init__(self, text: str, rules: Sequence[Declared], tally: Tally) -> None:
        wrap, inner = "", ""
        found = CELLS.match(text)
        if found:
            # Table rows that a script puts into a table: alone in a body the parser would drop their tags.
            wrap, inner = _WRAPS.get(found[1].lower(), ("<table>", "table"))
        parser = LexborHTMLParser(wrap + text)
        self.tally = tally
        self.nodes: list[LexborNode] = []
        # Which nodes the rules have selected, by the parser's own node id.
        self.whole: dict[int, tuple[Declared, ...]] = {}
        self.attributes: dict[int, tuple[Declared, ...]] = {}
        for rule in rules:
            chosen = self.attributes if rule.attribute else self.whole
            for node in parser.css(rule.selector):
                chosen[node.mem_id] = (*chosen.get(node.mem_id, ()), rule)
        self._root = parser.body if inner else parser.root
        self._cells = parser.css_first(inner) if inner else None
        # False when something stands beside the cells, which the parser has put elsewhere.
        self.alone = self._cells is None or _alone(self._root, self._cells)

    def top(self, *, alone: bool) -> Node:
        """The whole of it; with `alone`, of cells without a table, what there is but the table around them."""
        root = self._cells if alone and self._cells is not None else self._root
        if root is None:
            return Node("html")
        return Element("html" if self._cells is None else "body", root, None, self, 0)

    def __enter__(self) -> Page:
        return self

    def __exit__(self, *_: object) -> None:
        self.nodes.clear()


def _alone(node: LexborNode | None, inner: LexborNode) -> bool:
    """True when there is nothing in a node but one element, and so on down to the inner one."""
    while node is not None and node.mem_id != inner.mem_id:
        content = [
            one for one in node.iter(include_text=True) if one.tag != _TEXT or (one.text_content or "").strip(_BLANKS)
        ]
        if len(content) != 1:
            return False
        node = content[0]
    return True


class _Read:
    """Reads the children of an element when they are asked for first, and lets the node keep them.

    (cached_property takes a lock before Python 3.12, and a page has thousands of nodes.)
    """

    def __get__(self, node: Element, _owner: type[Element]) -> list[Child]:
        node.__dict__["children"] = found = node.read()
        return found


class Element(Node):
    """An element of a page, its attributes and rules taken over. What is in it may never be asked for.

    Asking raises Exhausted in a page that is too large or too deep.
    """

    children: list[Child] = _Read()  # type: ignore[assignment]

    def __init__(self, tag: str, source: LexborNode, parent: Node | None, page: Page, depth: int) -> None:
        if depth > _DEPTH:
            raise Exhausted
        self.tag = tag
        self.parent = parent
        self._page = page
        self._depth = depth
        self._number = len(page.nodes)
        page.nodes.append(source)
        attributes = source.attributes
        if attributes:
            found = {name: _attribute(name, value or "") for name, value in attributes.items()}
            self.attributes = _labels_folded(found) if tag == "meta" else found
        if page.whole or page.attributes:
            self.own_rules = page.whole.get(source.mem_id, ())
            self.attribute_rules = page.attributes.get(source.mem_id, ())
            self.rules = (*self.own_rules, *(parent.rules if parent else ()))

    def written(self) -> str | None:
        """The element as the parser writes it."""
        return self._page.nodes[self._number].html

    def read(self) -> list[Child]:
        """The elements and texts in it as a browser shows them."""
        page, depth = self._page, self._depth + 1
        source = page.nodes[self._number]
        if self.tag == "template":
            source = next(iter(source.template_fragments()), source)  # its content is no part of the page's tree
        child = source.first_child
        if child is None:
            return []
        page.tally.step(3)
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
                found.append(Element(tag, child, self, page, depth))
            child = child.next
        return _folded(found, self.tag) if texts else found


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
    cut = code.replace("\r", "\n").split("\n") if "\r" in code else code.split("\n")
    return "\n".join([line for line in [one.strip(_BLANKS) for one in cut] if line])


def _labels_folded(attributes: dict[str, str]) -> dict[str, str]:
    """The attributes of a meta element: names of charsets and media types say the same in either case."""
    folded = {"charset", "http-equiv"}
    if attributes.get("http-equiv", "").lower() == "content-type":
        folded.add("content")
    return {name: value.lower() if name in folded else value for name, value in attributes.items()}


def _attribute(name: str, value: str) -> str:
    if name in _BOOLEAN:
        return ""
    if name in _KEYWORDS:
        return value.lower()
    if name == "class":
        return " ".join(sorted(set(value.split()))) if " " in value.strip() else value.strip()
    return " ".join(value.split()) if name == "style" else value
