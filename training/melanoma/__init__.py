"""The melanoma model: Keras on TensorFlow. PyTorch is never imported in its process."""
