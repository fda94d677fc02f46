"""The HTTP API: a picture in, a second look out, as JSON."""
