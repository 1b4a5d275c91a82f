"""NACHA, United States: ACH files of 94 characters a line, in blocks of ten lines."""
