"""The ``feedback`` command, also as ``python -m feedback``."""

from feedback.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
