"""The workspace: contracts of tables, graphs of models, and runs that are kept."""
