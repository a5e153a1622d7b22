"""Languages: catalogues, negotiation, and how numbers, dates and texts read in each of them; no web."""
