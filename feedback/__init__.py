"""Feedback: satisfaction surveys, unsubscribe reasons and the cases that follow from them."""

__version__ = "0.1.0"
