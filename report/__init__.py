"""The way out: a diagnosis or a refusal in the person's language, and the picture with what the model looked at."""
