"""Rule: who may give which role to whom, so that nobody raises themselves or those above them."""

from feedback.actors import Role


def may_manage(own: Role, before: Role | None, after: Role | None) -> bool:
    """Whether somebody with ``own`` role may turn one role into another; None is not being on the site.

    Leads look after agents and leads, admins after everybody.
    """
    if not own.covers(Role.LEAD):
        return False
    return all(role is None or own.covers(role) for role in (before, after))


def grantable(own: Role) -> list[Role]:
    """The roles that somebody may give, least first."""
    return [role for role in Role if may_manage(own, None, role)]
