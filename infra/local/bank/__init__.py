"""A bank at its counter: takes payment files, pays or fails each line, gives result files back.

It reads and writes its files by other means than the product does, so that the two check each
other, and it remembers every payment number: one that it has paid is never paid again.
"""
