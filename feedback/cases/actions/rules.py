"""The rules of a site: its first ones, adding, changing and ordering them; what they decide is in routing.py."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedback import audit, clock
from feedback.actors import Actor
from feedback.cases.models import RoutingRule
from feedback.cases.queries.intake import rules_of_site
from feedback.cases.routing import RULES_WITH, CaseToOpen, Conditions, default_rules
from feedback.cases.stored_rules import conditions_as_json, outcome_as_json
from feedback.errors import NotFound
from feedback.versions import as_read, store


def create_default_rules(session: Session, actor: Actor, site_id: int) -> None:
    """Give a site the default rules, unless it has some already."""
    if session.execute(select(RoutingRule.id).where(RoutingRule.site_id == site_id).limit(1)).first():
        return
    now = clock.now()
    session.add_all(
        RoutingRule(
            site_id=site_id,
            position=position,
            name=rule.name,
            enabled=True,
            conditions=conditions_as_json(rule.conditions),
            outcome=outcome_as_json(rule.outcome),
            created_at=now,
        )
        for position, rule in enumerate(default_rules(), start=1)
    )
    session.flush()


def add_rules_with(session: Session, actor: Actor, site_id: int, survey: str) -> list[str]:
    """Put the rules that come with a shipped survey, if any do, behind a site's own; their names."""
    rules = RULES_WITH[survey]() if survey in RULES_WITH else ()
    for rule in rules:
        add_rule(session, actor, site_id, rule.name, rule.conditions, rule.outcome)
    return [rule.name for rule in rules]


def switch_rule(
    session: Session, actor: Actor, site_id: int, public_id: str, *, enabled: bool, expected_version: int | None = None
) -> RoutingRule:
    """Switch a rule on or off. Raises NotFound, Conflict with the present rule."""
    rule = _rule(session, site_id, public_id, expected_version)
    if rule.enabled != enabled:
        rule.enabled = enabled
        store(session)
        audit.record_row(session, actor, "rule.switch", "rule", rule, {"enabled": not enabled}, {"enabled": enabled})
    return rule


def move_rule(
    session: Session, actor: Actor, site_id: int, public_id: str, *, up: bool, expected_version: int | None = None
) -> RoutingRule:
    """Try a rule one place earlier or later; at either end nothing happens. Raises NotFound, Conflict."""
    rule = _rule(session, site_id, public_id, expected_version)
    order = list(rules_of_site(session, site_id))
    place = order.index(rule)
    other = place - 1 if up else place + 1
    if 0 <= other < len(order):
        before = rule.position
        order[place], order[other] = order[other], order[place]
        for position, one in enumerate(order, start=1):
            one.position = position
        store(session)
        audit.record_row(session, actor, "rule.move", "rule", rule, {"position": before}, {"position": rule.position})
    return rule


def add_rule(
    session: Session, actor: Actor, site_id: int, name: str, conditions: Conditions, outcome: CaseToOpen
) -> RoutingRule:
    """A new rule, tried after all others."""
    last = session.scalar(select(func.max(RoutingRule.position)).where(RoutingRule.site_id == site_id))
    rule = RoutingRule(site_id=site_id, position=(last or 0) + 1, enabled=True, created_at=clock.now())
    _fill(rule, name, conditions, outcome)
    session.add(rule)
    session.flush()
    audit.record_row(session, actor, "rule.add", "rule", rule, {}, _content(rule))
    return rule


def change_rule(
    session: Session,
    actor: Actor,
    site_id: int,
    public_id: str,
    name: str,
    conditions: Conditions,
    outcome: CaseToOpen,
    *,
    expected_version: int | None = None,
) -> RoutingRule:
    """Change what a rule asks for and what it makes. Raises NotFound, Conflict with the present rule."""
    rule = _rule(session, site_id, public_id, expected_version)
    before = _content(rule)
    _fill(rule, name, conditions, outcome)
    store(session)
    if before != _content(rule):
        audit.record_row(session, actor, "rule.change", "rule", rule, before, _content(rule))
    return rule


def delete_rule(
    session: Session, actor: Actor, site_id: int, public_id: str, *, expected_version: int | None = None
) -> None:
    """Delete a rule; cases that it opened keep its name. Raises NotFound, Conflict with the present rule."""
    rule = _rule(session, site_id, public_id, expected_version)
    audit.record_row(session, actor, "rule.delete", "rule", rule, _content(rule), {})
    session.delete(rule)
    store(session)


def _fill(rule: RoutingRule, name: str, conditions: Conditions, outcome: CaseToOpen) -> None:
    rule.name = name.strip()
    rule.conditions = conditions_as_json(conditions)
    rule.outcome = outcome_as_json(outcome)


def _content(rule: RoutingRule) -> dict[str, object]:
    return {"name": rule.name, "conditions": dict(rule.conditions), "outcome": dict(rule.outcome)}


def _rule(session: Session, site_id: int, public_id: str, expected_version: int | None) -> RoutingRule:
    rule = session.scalars(
        select(RoutingRule).where(RoutingRule.site_id == site_id, RoutingRule.public_id == public_id)
    ).one_or_none()
    if rule is None:
        raise NotFound
    return as_read(rule, expected_version)
