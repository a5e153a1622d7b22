"""The demonstration: three invented companies with ninety days behind them, made by the same actions as real ones."""

from feedback.demo.command import demo

__all__ = ["demo"]
