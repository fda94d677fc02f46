"""Precisions below float32: what they change (``parity``), whether they work and pay here (``trial``), and which one a
model is therefore run in (``choice``)."""
