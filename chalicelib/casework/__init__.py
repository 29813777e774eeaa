"""What every case shares: states, the one transition, its history. A case is its history."""
