"""Security context: each container's own."""
