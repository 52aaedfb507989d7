"""Last distances offered: as published, at a place, and simulated. No promise of a place."""
