"""What every page shares: transactions, guards, locale, errors, headers; no feature of its own."""
