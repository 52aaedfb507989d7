"""Files that people who plan schools hold, taken as they are: recognised, read, and loaded.

Each layout is one module: ``gla_lds`` (London Schools Atlas), ``gias`` (England's register) and
``cps_membership`` (Chicago's 20th day). ``recognising`` finds the layout of a file by its own
columns; ``loading`` makes a dataset on a shared standard of it.
"""
