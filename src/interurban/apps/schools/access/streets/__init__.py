"""Ways along streets: lines as a network, schools at their doors, homes along their streets."""
