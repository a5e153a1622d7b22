"""Customers and their interactions with a site: import, export and erasure."""
