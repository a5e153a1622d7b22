"""What may be sent to whom: topics, suppressions, opt-outs and the preference centre."""
