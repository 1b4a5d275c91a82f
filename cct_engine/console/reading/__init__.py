"""What pages show, read in few statements whose number does not grow with the rows.

Only here does the console read other packages' tables, and it writes none of them. Every statement
that depends on who asks takes the programmes in scope (``scope``: None for all).
"""
