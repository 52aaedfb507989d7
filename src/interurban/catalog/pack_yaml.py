"""The YAML of city packs, as the rest of the catalogue reads it."""

from interurban.standards.yaml_file import Section, read_yaml

__all__ = ["Section", "read_yaml"]
