"""What must hold for the whole program, whoever writes it."""
