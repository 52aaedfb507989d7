"""Measurements of Interurban, alone and beside its peers, on synthetic rows.

``python -m benchmarks`` runs every part and prints the table; see README.md beside this file.
"""
