"""What can be compared of two applications without traffic: route tables, source, templates, page contexts.

Frameworks are known here (Pyramid, Mako, FastAPI, Jinja2), applications are not: `[parity]` names them.
"""

from shadow.parity.ask import Ask

__all__ = ["Ask"]
