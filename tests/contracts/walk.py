"""Walks the addresses of the application with values that fit, so that no page is forgotten by a test."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask


@dataclass(frozen=True, slots=True)
class Address:
    """One page that can be opened."""

    endpoint: str
    path: str


def pages_of(app: Flask, values: Mapping[str, Mapping[str, list[Any]]], *, console: bool) -> Iterator[Address]:
    """Every page that answers GET, with each value given for its arguments.

    ``values`` is by blueprint ("" for all), then by argument. Raises LookupError for an argument without a value:
    whoever adds a page says here how to open it.
    """
    with app.test_request_context():
        urls = app.url_map.bind("127.0.0.1:8000")
        for rule in app.url_map.iter_rules():
            assert rule.methods is not None
            if "GET" not in rule.methods or rule.rule.startswith("/console") is not console:
                continue
            blueprint = rule.endpoint.rpartition(".")[0]
            known = {**values.get("", {}), **values.get(blueprint, {}), **values.get(rule.endpoint, {})}
            for chosen in _choices(rule.arguments, known, rule.endpoint):
                yield Address(rule.endpoint, urls.build(rule.endpoint, chosen))


def _choices(names: set[str], known: Mapping[str, list[Any]], endpoint: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [{}]
    for name in sorted(names):
        if name not in known:
            raise LookupError(f"{endpoint} needs a value for {name!r}: add one to the walk")
        found = [{**before, name: value} for before in found for value in known[name]]
    return found
