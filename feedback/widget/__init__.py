"""The embeddable widget: its loader, targeting and console page."""
