"""The page that each application makes of the same request: template, names in its context, text.

Hooks of the frameworks tell it: Pyramid's BeforeRender event, and Jinja2's `Template.render`. The candidate's template
is rendered once more from the primary's context, while its request is still at work, so that `html` compares templates
and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any


@dataclass(slots=True)
class Page:
    """One rendered template, named without its ending. `context` is the view's own, without what the layout adds.

    `text` is what was made of the primary's context; `fault` why that could not be rendered.
    """

    template: str
    context: Mapping[str, Any]
    text: str = ""
    fault: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """What the context holds."""
        return tuple(sorted(self.context))


@dataclass(slots=True)
class Pages:
    """The pages of one request on one side, in the order in which they were begun."""

    made: list[Page] = field(default_factory=list)


def stem(name: str | None) -> str:
    """`tests/view.mak` and `tests/view.j2` are one template in two languages: `tests/view`."""
    bare = (name or "").rpartition(":")[2]
    return str(PurePosixPath(bare).with_suffix("")) if bare else ""


@contextmanager
def primary_pages(app: Any, ambient: frozenset[str]) -> Iterator[Pages]:
    """Follow what a Pyramid application renders inside the block; the text of a page is that of its answer."""
    from pyramid.interfaces import IBeforeRender

    pages = Pages()

    def note(event: Any) -> None:
        if event.rendering_val is not None and isinstance(event.rendering_val, Mapping) and _suffix(event):
            given = {name: value for name, value in event.rendering_val.items() if name not in ambient}
            pages.made.append(Page(stem(event["renderer_name"]), given))

    app.registry.registerHandler(note, (IBeforeRender,))
    try:
        yield pages
    finally:
        app.registry.unregisterHandler(note, (IBeforeRender,))


def _suffix(event: Any) -> str:
    """Empty for a renderer that has no template, such as `json`."""
    return PurePosixPath(event["renderer_name"]).suffix


@contextmanager
def candidate_pages(primary: Pages, ambient: frozenset[str]) -> Iterator[Pages]:
    """Follow what Jinja2 renders inside the block, each page also from the primary's context for its template."""
    import jinja2

    pages, render = Pages(), jinja2.Template.render

    def follow(self: jinja2.Template, *args: Any, **kwargs: Any) -> str:
        whole = dict(*args, **kwargs)
        own = {name: value for name, value in whole.items() if name not in ambient}
        page = Page(stem(self.name), own)
        pages.made.append(page)
        twin = _twin(primary, page, len(pages.made) - 1)
        if twin is not None:
            around = {name: value for name, value in whole.items() if name in ambient}
            _render_again(page, lambda: render(self, {**around, **twin.context}))
        return render(self, whole)

    jinja2.Template.render = follow  # type: ignore[method-assign]
    try:
        yield pages
    finally:
        jinja2.Template.render = render  # type: ignore[method-assign]


def _twin(primary: Pages, page: Page, number: int) -> Page | None:
    made = primary.made
    return made[number] if number < len(made) and made[number].template == page.template else None


def _render_again(page: Page, render: Callable[[], str]) -> None:
    try:
        page.text = render()
    except Exception as error:  # whatever a template raises is what there is to tell
        page.fault = f"{type(error).__name__}: {error}"
