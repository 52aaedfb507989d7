"""How near schools are, and how many places there are for the children around them."""
