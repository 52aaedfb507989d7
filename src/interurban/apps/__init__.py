"""What a person opens: a page, its routes and its models, on standards."""
