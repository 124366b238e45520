"""A saved model and a photo in, the photo in color out."""
