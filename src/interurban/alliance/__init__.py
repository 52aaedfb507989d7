"""Two nodes as partners: pairing, feeds, questions to each other, agreements."""
