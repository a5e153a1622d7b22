"""Measures, totals and charts over responses."""
