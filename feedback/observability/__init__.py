"""Logs and metrics, with tokens and addresses kept out of both."""
