"""Mail out and in, and webhooks: everything that leaves the machine or comes back."""
