"""The pneumonia model: ResNet-50 on chest X-rays, PyTorch and Lightning."""
