"""``python -m training.fetch SET``: the public sets of pictures, downloaded, checked and laid out for training."""
