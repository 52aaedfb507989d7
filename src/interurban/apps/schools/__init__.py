"""The schools atlas: where pupils live, where they go, and where places will be needed."""
