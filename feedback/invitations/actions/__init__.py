"""Making links for many customers at once; each flushes and never commits."""
