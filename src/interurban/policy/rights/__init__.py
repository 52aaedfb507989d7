"""Rights: the rules of a dataset, the decisions they lead to, and the licences beside them."""
