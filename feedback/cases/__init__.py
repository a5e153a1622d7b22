"""Follow-up cases: routing, promises, states, activity and the triage of them."""
