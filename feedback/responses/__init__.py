"""Answers to surveys: the survey page, drafts, storing, editing and reading them."""
