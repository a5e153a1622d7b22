"""Tests, in folders by feature."""
