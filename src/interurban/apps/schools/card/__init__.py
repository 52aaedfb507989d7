"""The school card: one school beside its city and the schools most like it."""
