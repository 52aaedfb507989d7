"""Who may read what: the door that every question passes."""
