"""The cohort-component model: people grow older, are born, die and move, a year at a time.

Arrays have the axes ``area x sex x age x draw``; the draw is last and is 1 long where nothing is
uncertain. A year, where there is one, is first in what is projected and last in what was observed.
"""
