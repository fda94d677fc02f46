"""The skin model: an ensemble of five networks on dermoscopy (HAM10000) or, with the data, on Dermnet's photos."""
