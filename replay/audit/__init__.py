"""The audit: runs replayed and held against their records, why they differ, other views, and the log proved whole."""
