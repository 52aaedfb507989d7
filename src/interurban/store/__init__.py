"""Snapshots, the Morton layout, the load and the engine that answers.

Nothing outside ``interurban.catalog`` imports this room: readers come through the policy's door.
"""
