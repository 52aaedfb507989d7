"""The web face of a node: OGC APIs, the app's own routes, and the app."""

from __future__ import annotations

from .app import create_app
from .settings import Settings

__all__ = ["Settings", "create_app"]
