"""The interaction model: which schools the pupils of each area go to, and how far they travel."""
