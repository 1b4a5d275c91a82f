"""NPCI, India: NACH credits to accounts (306 characters a line), APBS by Aadhaar (165 and 177)."""
