"""Mail that comes in: taken from a server or a folder, read, freed of quotes, stored with the link it is for."""
