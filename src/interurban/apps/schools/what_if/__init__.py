"""What would follow if schools closed, opened, grew or merged, or boundaries and homes changed."""
