"""The PyTorch ground under pneumonia and skin: architectures, one training run a member, export, publishing."""
