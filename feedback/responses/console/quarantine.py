"""What is held back as possible spam: why, and letting it through, one or several at once."""

from dataclasses import replace
from typing import Any

from flask import Response, g, redirect, request, url_for
from werkzeug.wrappers import Response as Reply

from feedback.actors import Role
from feedback.i18n.negotiation import OWN_NAMES
from feedback.i18n.text import N_
from feedback.responses.actions.quarantine import call_spam, release_each
from feedback.responses.console.blueprint import pages
from feedback.responses.console.listing import PAGE, place_at, token_of
from feedback.responses.queries import Filter, list_responses
from feedback.responses.suspicion import told
from feedback.surveys.queries import survey_lines
from feedback.web.guard import current_staff, staff_only
from feedback.web.notices import notice
from feedback.web.templating import page
from feedback.web.transaction import reading, writing

RELEASED = notice("released", N_("Let through. It counts now, and is followed up as usual."))
CALLED_SPAM = notice("called_spam", N_("It stays here until it is deleted."))
UNCHANGED = notice("judged_before", N_("Nothing was chosen, or somebody else got there first."))
#: Which of it is listed, by the name in the address.
LISTS = {
    "": Filter(judged=False, at_screen=False),
    "screens": Filter(judged=False, at_screen=True),
    "spam": Filter(judged=True),
}


@pages.get("/held-back/")
@staff_only(Role.AGENT)
def held_back(site: str) -> Response:
    """What nobody has looked at, taps that don't count, or what somebody has said is spam; newest first."""
    session, site_id = reading(), g.site_id
    surveys = survey_lines(session, site_id, archived=True)
    asked = request.args.get("survey", "")
    slug = asked if asked in {one.slug for one in surveys} else ""
    shown = request.args.get("list", "")
    shown = shown if shown in LISTS else ""
    wanted = replace(LISTS[shown], survey=slug or None)
    before, after = place_at("before"), place_at("after")
    found = list(list_responses(session, site_id, wanted, before=before, after=after, limit=PAGE + 1))
    back = before is None and after is not None
    more = len(found) > PAGE
    lines = (found[-PAGE:] if back else found[:PAGE]) if more else found
    same: dict[str, Any] = {**({"list": shown} if shown else {}), **({"survey": slug} if slug else {})}
    newer, older = (more, True) if back else (before is not None, more)
    return page(
        "console/responses/held_back.html",
        lines=[(line, told(line.flags)) for line in lines],
        shown=shown,
        slug=slug,
        surveys=surveys,
        titles={one.slug: one.title for one in surveys},
        languages=OWN_NAMES,
        previous=url_for(".held_back", after=token_of(lines[0]), **same) if lines and newer else None,
        next=url_for(".held_back", before=token_of(lines[-1]), **same) if lines and older else None,
    )


@pages.post("/held-back/")
@staff_only(Role.AGENT)
def judge(site: str) -> Reply:
    """Let what was chosen through, or note that it is spam."""
    chosen = list(dict.fromkeys(request.form.getlist("chosen")))[:PAGE]
    spam = request.form.get("do") == "spam"
    act = call_spam if spam else release_each
    with writing() as session:
        done = act(session, current_staff().actor, g.site_id, chosen) if chosen else 0
    told_of = UNCHANGED if not done else CALLED_SPAM if spam else RELEASED
    return redirect(url_for(".held_back", done=told_of), 303)
