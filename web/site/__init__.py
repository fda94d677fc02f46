"""The site: pages for people who have a browser and a picture. It knows the API by its HTTP alone."""
