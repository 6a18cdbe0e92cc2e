"""The log: one order, append only, durable; its bulk reading, its history and its tree."""
