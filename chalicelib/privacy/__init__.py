"""隐私与授权: consents, an employee's data as a file, leaving, and what goes by itself."""
