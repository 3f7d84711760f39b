"""Our way of compiling templates shows what Jinja2's own way shows."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from new_server.http.compiler import Templates

SETTINGS: dict[str, Any] = {"autoescape": True, "undefined": StrictUndefined}
OURS = Templates(**SETTINGS)
TEMPLATE = """
{% macro cell(x) %}<td title="{{ x }}">{{ x }}</td>{% endmacro %}
{% for row in rows %}
<tr class="{{ 'odd' if loop.index0 % 2 }} {{ 'first' if loop.first else 'later' }}" id="r-{{ row['id'] }}">
{{ cell(row["value"]) }}{{ row["parts"][1:] | join(", ") }}{{ row["parts"][0] }}{{ row["id"] ~ row["value"] }}
{{ "%.2f" % row["id"] }}{% if row["deep"]["value"] %}{{ row["deep"]["value"] | safe }}{% endif %}
</tr>
{% endfor %}
"""
BOTH_WAYS = [environment.from_string(TEMPLATE) for environment in (OURS, Environment(**SETTINGS))]

values = st.one_of(
    st.integers(), st.floats(), st.booleans(), st.none(), st.text("<>&\"'ax☃"), st.text("<b>").map(Markup)
)
rows = st.fixed_dictionaries(
    {
        "id": st.integers(0, 10**6),
        "value": values,
        "parts": st.lists(values, min_size=1, max_size=3),
        "deep": st.fixed_dictionaries({"value": values}),
    }
)


@given(st.lists(rows, max_size=3))
def test_both_ways_show_the_same(rows: list[dict[str, Any]]) -> None:
    ours, theirs = (template.render(rows=rows) for template in BOTH_WAYS)
    assert ours == theirs


def test_a_key_that_is_missing_is_an_error() -> None:
    with pytest.raises(KeyError, match="nothing"):
        OURS.from_string("{{ row['nothing'] }}").render(row={})


@pytest.mark.parametrize("value", ["<b>", ["<b>"], 1.5, True])
def test_all_but_whole_numbers_are_escaped(value: Any) -> None:
    assert "<" not in OURS.from_string("{{ value }}").render(value=value)
