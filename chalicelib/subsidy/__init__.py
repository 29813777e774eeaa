"""住院医疗补助: the stay, the plan, the amount and why it is that amount."""
