"""The matrix products by which the machine's peak is measured: so many in a row, of square matrices."""

SIDE, PRODUCTS = 2048, 4
OPERATIONS = 2.0 * SIDE**3 * PRODUCTS
"""Floating-point operations of all of them, a multiplication and an addition being two."""
