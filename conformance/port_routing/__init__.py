"""Port routing: requests reach the container that declares the port, unchanged, and no other."""
