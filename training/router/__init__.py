"""The router: which kind of picture this is, so that each model is asked only about pictures of its kind."""
