"""An XML document as plain nodes: namespaces resolved, entities and CDATA read, comments and layout gone.

Declared entities are refused: they are what bombs are made of. Nothing outside the document is ever fetched.
"""

from __future__ import annotations

from typing import Any
from xml.parsers import expat

from shadow.compare.differences import Exhausted, Tally
from shadow.compare.html_tree import Node

_DEPTH = 150
_SPACE = "http://www.w3.org/XML/1998/namespace space"


class XmlNode(Node):
    """An element, a processing instruction (`?target`), the doctype (`!name`) or, without a tag, the whole document."""

    def place(self) -> str:
        """A path from the root: `xml:/feed/entry[2]/title`. Namespaces are compared and not shown."""
        steps: list[str] = []
        node: Node = self
        while node.parent is not None:
            steps.append(f"/{local(node.tag)}{node.position()}")
            node = node.parent
        return "xml:" + ("".join(reversed(steps)) or "/")


def local(name: str) -> str:
    """A name without its namespace."""
    return name.rpartition(" ")[2]


def xml_tree(text: str, tally: Tally) -> XmlNode | None:
    """The document; None for what is not well-formed or declares entities. Raises Exhausted."""
    builder = _Builder(tally)
    try:
        builder.parser.Parse(text.encode(), True)
    except (expat.ExpatError, _Refused, UnicodeEncodeError):
        return None
    return builder.top


class _Refused(Exception):
    """The document declares an entity."""


class _Builder:
    """What expat tells, as nodes."""

    def __init__(self, tally: Tally) -> None:
        self.top = self._node = XmlNode("")
        self._tally = tally
        self._kept: list[bool] = [False]  # whether blanks count, for each open element
        # The text was decoded already: whatever its declaration says, it is UTF-8 now.
        parser = self.parser = expat.ParserCreate("utf-8", namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.ProcessingInstructionHandler = self._instruction
        parser.StartDoctypeDeclHandler = self._doctype
        parser.EntityDeclHandler = self._refuse

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._tally.step(3 + len(attributes))
        if len(self._kept) > _DEPTH:
            raise Exhausted
        node = XmlNode(tag, self._node)
        if attributes:
            node.attributes = attributes
        self._node.children.append(node)
        self._kept.append(attributes[_SPACE] == "preserve" if _SPACE in attributes else self._kept[-1])
        self._node = node

    def _end(self, tag: str) -> None:
        node, kept = self._node, self._kept.pop()
        # Blanks between elements are layout; blanks alone in an element are its content.
        if len(node.children) > 1 and not kept:
            node.children = [child for child in node.children if isinstance(child, Node) or not child.isspace()]
        self._node = node.parent if isinstance(node.parent, XmlNode) else self.top

    def _text(self, text: str) -> None:
        self._tally.step()
        children = self._node.children
        if children and isinstance(children[-1], str):
            children[-1] += text  # a comment or the end of a CDATA section stood between them
        else:
            children.append(text)

    def _instruction(self, target: str, data: str) -> None:
        self._lone(f"?{target}", data)

    def _doctype(self, name: str, system: str | None, public: str | None, internal: int) -> None:
        self._lone(f"!{name}", f"{public or ''} {system or ''}".strip())

    def _lone(self, tag: str, data: str) -> None:
        self._tally.step(3)
        node = XmlNode(tag, self._node)
        node.children = [data] if data else []
        self._node.children.append(node)

    def _refuse(self, *_: Any) -> None:
        raise _Refused
