"""Special educational needs and disability (SEND): how many children, where, and at what cost.

A child is in a state: an academic year, a need and a setting, or outside. ``fitting`` learns from
past moves how likely each move is, ``simulation`` draws futures, ``expectation`` gives their exact
mean, ``summary`` describes them and ``disclosure`` hides what is too small to be told. The method
is Witan's (witan.send); the sampler is our own, and unbiased.
"""
