"""Figures of a served model on pictures it has not learnt from."""
