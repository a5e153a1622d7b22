"""Which tests one process takes together: those that share a running service, and before all others."""

import re

from xdist.scheduler import LoadScopeScheduling

#: e2e has one service for all, the others one for each kind of database.
_SERVED = re.compile(r"tests/(?:(e2e)/|(journeys|soak)/.*\[(sqlite|postgres)\b)")


class Together(LoadScopeScheduling):
    """Tests one by one to whichever process is free; the biggest group first. Marks with groups are not read: what
    pytest-xdist adds to a test's name, pytest 9.2 drops."""

    def _split_scope(self, nodeid: str) -> str:
        found = _SERVED.match(nodeid)
        return "-".join(filter(None, found.groups())) if found else nodeid
