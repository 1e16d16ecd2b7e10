"""From words and characters to weighted features."""
