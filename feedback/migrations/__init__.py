"""The schema's history, and how it is applied; no feature's logic."""
