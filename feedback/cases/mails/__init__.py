"""The mails about cases: to customers and to staff."""
