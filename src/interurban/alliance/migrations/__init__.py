"""How the record of partners came to be what it is."""
