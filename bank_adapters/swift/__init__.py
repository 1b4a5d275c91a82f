"""SWIFT MT940 and MT942: statements and interim reports of an account, as text."""
