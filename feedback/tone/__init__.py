"""What a free text gives away, and which words did; nothing is stored here."""
