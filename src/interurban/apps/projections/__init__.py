"""Projections of people, households and special educational needs."""
