"""The messages that are read, family by family."""
