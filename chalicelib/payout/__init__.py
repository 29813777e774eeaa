"""打款: batches, bank files, results."""
