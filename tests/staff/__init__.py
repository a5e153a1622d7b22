"""Tests of staff: signing in, sessions, roles, teams."""
