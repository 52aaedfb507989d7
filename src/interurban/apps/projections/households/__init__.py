"""Households and the dwellings they need, from a population projection.

Stage 1 (households by age, sex and relationship), stage 2 (by type) and dwellings, as DCLG and
Witan worked them out. ``stage_one``, ``stage_two`` and ``dwellings`` are the formulas on arrays;
``checks`` says what is odd in the outcome; ``models`` and ``graphs`` give them to the workspace.
"""
