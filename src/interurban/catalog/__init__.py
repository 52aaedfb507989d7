"""Packs and snapshots together: the registry, the gazetteer and the node."""
