"""Signed links: purposes, signing, the rows behind them and their addresses; not what a link opens."""
