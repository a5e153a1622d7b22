"""Whom to ask, when, and why not."""
