"""Numbers about areas to lay beneath the schools: one at a time, or two together."""
