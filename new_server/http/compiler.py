"""How Jinja2 turns our templates into code: the same pages, in less time than the legacy templates take.

Tables of hundreds of rows are made of three things: items of a row, conditions, and cells that hold numbers.
"""

import re
from collections.abc import Iterable
from typing import Any

from jinja2 import Environment, nodes
from jinja2.compiler import CodeGenerator, Frame
from markupsafe import Markup, escape

_has_markup = re.compile("[<>&\"']").search


def text_of(value: Any) -> str:
    """A value as a page shows it: escaped, where there is anything to escape."""
    kind = type(value)
    if kind is int:
        return str(value)
    if kind is str and not _has_markup(value):
        return value
    return escape(value)


def join(values: Iterable[Any], between: str = "") -> Markup:
    """The filter of this name, for values in a row."""
    return Markup(text_of(between).join(map(text_of, values)))  # noqa: S704 - each part is escaped


class Compiler(CodeGenerator):
    """Four constructs in the words of Python where Jinja2 takes a detour."""

    def visit_Getitem(self, node: nodes.Getitem, frame: Frame) -> None:  # noqa: N802 - named after the node
        """`row["key"]` as it stands: no look-up of attributes, and a missing key is an error at once."""
        self.visit(node.node, frame)
        self.write("[")
        self.visit(node.arg, frame)
        self.write("]")

    def visit_CondExpr(self, node: nodes.CondExpr, frame: Frame) -> None:  # noqa: N802
        """A condition without `else` is an empty text, not an object made at each turn to say so."""
        node.expr2 = node.expr2 or nodes.Const("")
        super().visit_CondExpr(node, frame)

    def visit_For(self, node: nodes.For, frame: Frame) -> None:  # noqa: N802
        """A loop hands on its text as one piece: each piece goes through the generator of every template around it."""
        if frame.buffer is not None or node.recursive:
            super().visit_For(node, frame)
            return
        self.buffer(frame)
        super().visit_For(node, frame)
        self.writeline(f"yield concat({frame.buffer})", node)
        frame.buffer = None

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.autoescape and not frame.eval_ctx.volatile and finalize.src is None:
            self.write("environment.text_of(")
        else:
            super()._output_child_pre(node, frame, finalize)


class Templates(Environment):
    """The environment whose templates are compiled so."""

    code_generator_class = Compiler
    text_of = staticmethod(text_of)

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.filters["join"] = join
