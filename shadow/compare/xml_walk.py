"""Walk two XML documents together, as pages are: elements aligned, attributes by name. Their layer is `text`."""

from __future__ import annotations

from shadow.compare.differences import Tally
from shadow.compare.html_tree import Node
from shadow.compare.html_walk import HtmlWalk
from shadow.compare.text import compare_text
from shadow.compare.xml_tree import XmlNode, xml_tree


def compare_xml(primary: str, candidate: str, tally: Tally) -> None:
    """Report every unequal place; what neither side has well-formed is compared as text. Raises Exhausted."""
    p, c = xml_tree(primary, tally), xml_tree(candidate, tally)
    if p is None and c is None:
        compare_text(primary, candidate, tally)
    elif p is None or c is None:
        p_word, c_word = (f"xml: {'malformed' if document is None else 'well-formed'}" for document in (p, c))
        tally.differ("text", "type", "xml:/", p_word, c_word)
    elif (root := _root(p)) != (other := _root(c)):
        tally.differ("text", "value", "xml:/", root, other)
    else:
        XmlWalk(tally, "text").compare(p, c)


def _root(document: XmlNode) -> str:
    """The name of the root with its namespace."""
    return next((node.tag for node in document.children if isinstance(node, Node) and node.tag[0] not in "?!"), "")


class XmlWalk(HtmlWalk):
    """One comparison of two documents. Rules name a place by its path, so each list of children asks for its own."""

    def _children(self, primary: Node, candidate: Node) -> None:
        rules = self._tally.rules
        if rules.xml:
            primary.own_rules = tuple(rules.at("text", primary.place()))
        super()._children(primary, candidate)
