"""Places at schools: how many there are, how well they are used, and how many will be needed."""
