"""A document of TOML tables, read piece by piece; mistakes are collected, each with its place and the right name."""

from __future__ import annotations

import dataclasses
import difflib
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from shadow import config_values as values
from shadow.config_values import Choice

T = TypeVar("T")
_ENVIRON = "SHADOW_"


class Tables:
    """One pass over a document, laid over by the environment; `kinds` are its tables, `lists` its lists of tables."""

    def __init__(
        self, document: dict[str, Any], environ: Mapping[str, str], kinds: Mapping[str, type[Any]], lists: Iterable[str]
    ) -> None:
        self.document = document
        self.mistakes: list[str] = []
        self._kinds = kinds
        self._lists = tuple(lists)
        self._overlay(environ)

    def table(self, place: str, kind: type[T], table: object) -> T:
        """A section from its table; what is missing or wrong there has its default."""
        fields = {item.name: item for item in dataclasses.fields(kind) if "read" in item.metadata}  # type: ignore[arg-type]
        if not isinstance(table, dict):
            self.mistake(place, f"must be a table, not {table!r}")
            table = {}
        self.unknown(place, table, fields)
        found = {}
        for name, item in fields.items():
            if name in table:
                found[name] = self.value(f"{place} {name}", item.metadata["read"], table[name], item.default)
        return kind(**found)

    def value(self, place: str, read: Any, value: object, default: Any) -> Any:
        """One value as `read` understands it, the default where it does not."""
        try:
            return read(value)
        except Choice as error:
            self.mistake(place, f"{error}{nearest(str(error.value), error.words)} ({', '.join(error.words)})")
        except (ValueError, TypeError) as error:
            self.mistake(place, str(error))
        return default

    def list_of(self, name: str) -> list[dict[str, Any]]:
        """The tables under `[[name]]`."""
        return self.tables_in(name, self.document.get(name, []))

    def tables_in(self, name: str, tables: object) -> list[dict[str, Any]]:
        """The same for what stands within a table."""
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            self.mistake(f"[[{name}]]", "must be a list of tables: write [[double brackets]]")
            return []
        return tables

    def given(self, section: str, key: str) -> object:
        """What is written under a key of a section, None when nothing is."""
        table = self.document.get(section)
        return table.get(key) if isinstance(table, dict) else None

    def unknown(self, place: str, table: Mapping[str, Any], known: Iterable[str]) -> None:
        """Note every key that is none of the known ones."""
        names = list(known)
        for key in table:
            if key not in names:
                what = "section" if not place else "setting"
                self.mistake(place, f"{what} {key!r} is unknown{nearest(key, names)}")

    def mistake(self, place: str, what: str) -> None:
        """Note a mistake; reading goes on."""
        self.mistakes.append(f"{place}: {what}" if place else what)

    def _overlay(self, environ: Mapping[str, str]) -> None:
        """`SHADOW_STORE__URL` sets `url` of `[store]`: as it stands for a text, as TOML (where it is) otherwise."""
        for name, value in sorted(environ.items()):
            section, separator, key = name.removeprefix(_ENVIRON).lower().partition("__")
            if not name.startswith(_ENVIRON) or not separator:
                continue
            if section in self._lists:
                self.mistake(f"environment {name}", f"{section} are given in the file only")
                continue
            if section not in self._kinds:
                self.mistake(f"environment {name}", f"there is no section [{section}]{nearest(section, self._kinds)}")
                continue
            table = self.document.setdefault(section, {})
            if isinstance(table, dict):
                table[key] = value if _is_text(self._kinds[section], key) else _toml_value(value)


def nearest(word: str, words: Iterable[str]) -> str:
    """The question whether a word much like this one was meant; empty when none is."""
    near = difflib.get_close_matches(word, [str(one) for one in words], n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else ""


def _is_text(kind: type[Any], key: str) -> bool:
    """True for a setting that is a text in the file: 20241105 is a build, not a number."""
    reads = (item.metadata.get("read") for item in dataclasses.fields(kind) if item.name == key)
    return any(read in (values.text, values.url, Path) for read in reads)


def _toml_value(value: str) -> Any:
    try:
        return tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return value
