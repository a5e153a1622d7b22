"""How much working time something takes, in words."""

from feedback.rendering import current_reader


def working_hours(minutes: int) -> str:
    """A length of working time, never in days: how long a working day is differs."""
    hours, count = round(minutes / 60, 2), 1 if minutes == 60 else 2
    return current_reader().ngettext("%(hours)s working hour", "%(hours)s working hours", count, hours=hours)
