"""Networks: the list, and the upload."""
