"""Rule: how long somebody waits after failures, and what counts as one network; no failures are kept here."""

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Patience:
    """So many failures are free, then the wait doubles from a second up to ``longest``: never for good."""

    free: int
    longest: timedelta

    def wait(self, failures: int) -> timedelta:
        """How long after the last failure nothing is tried."""
        over = failures - self.free
        if over <= 0:
            return timedelta(0)
        return min(timedelta(seconds=2 ** min(over - 1, 20)), self.longest)

    def until(self, failures: int, last: datetime) -> datetime:
        """The moment from which the next try counts."""
        return last + self.wait(failures)


def network_of(address: str | None) -> str:
    """The network of an address: /24, or /56 where one household has as much; "" for what is no address."""
    try:
        found = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return ""
    mapped = getattr(found, "ipv4_mapped", None)
    found = mapped or found
    prefix = 24 if found.version == 4 else 56
    return str(ipaddress.ip_network(f"{found}/{prefix}", strict=False))
