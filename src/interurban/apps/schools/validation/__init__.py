"""What is wrong with the data of an atlas: every fault with the row that it is in."""
