"""Reads pages as a browser without JavaScript does: forms, fields and what would be sent."""

from dataclasses import dataclass, field
from urllib.parse import urljoin

import requests
from bs4 import BeautifulSoup, Tag


@dataclass
class Form:
    """A form of a page; ``fields`` is what it would send as it stands, buttons left out."""

    action: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)
    element: Tag | None = None


def soup(html: str) -> BeautifulSoup:
    """The page as a tree."""
    return BeautifulSoup(html, "html.parser")


def forms(html: str, url: str) -> list[Form]:
    """Every form of the page."""
    return [_form(element, url) for element in soup(html).find_all("form")]


def send(http: requests.Session, form: Form, button: tuple[str, str] | None = None, **values: str) -> requests.Response:
    """Fill a form in and send it, as pressing a button would."""
    body = {name: list(old) for name, old in form.fields.items()}
    body.update({name: [value] for name, value in values.items()})
    if button is not None:
        body[button[0]] = [button[1]]
    pairs = [(name, value) for name, found in body.items() for value in found]
    if form.method == "get":
        return http.get(form.action, params=pairs, timeout=30)
    return http.post(form.action, data=pairs, timeout=30)


def _form(element: Tag, url: str) -> Form:
    form = Form(
        urljoin(url, str(element.get("action") or url)), str(element.get("method", "get")).lower(), element=element
    )
    for control in element.find_all(["input", "textarea", "select", "button"]):
        _control(form, control)
    return form


def _control(form: Form, control: Tag) -> None:
    name = str(control.get("name") or "")
    if not name:
        return
    kind = "button" if control.name == "button" else str(control.get("type", "text")).lower()
    value = str(control.get("value", ""))
    if kind in ("button", "submit"):
        form.buttons.append((name, value))
    elif kind in ("radio", "checkbox"):
        form.choices.setdefault(name, []).append(value or "on")
        if control.has_attr("checked"):
            form.fields.setdefault(name, []).append(value or "on")
    elif control.name == "textarea":
        form.fields[name] = [control.get_text().removeprefix("\n")]
    elif control.name == "select":
        options = control.find_all("option")
        chosen = next((option for option in options if option.has_attr("selected")), options[0] if options else None)
        form.choices[name] = [str(option.get("value", option.get_text())) for option in options]
        form.fields[name] = [str(chosen.get("value", chosen.get_text()))] if chosen is not None else []
    else:
        form.fields[name] = [value]
