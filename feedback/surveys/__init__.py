"""Surveys as data: definitions, kinds of question, branching, translation and publishing."""
