"""From a trained network to a served model: one file format, one check, one card, for every framework."""
