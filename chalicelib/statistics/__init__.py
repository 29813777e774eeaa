"""统计: volumes, results, days and money, counted as things happen (PRODUCT B7, C8)."""
