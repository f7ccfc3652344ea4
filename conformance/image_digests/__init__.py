"""Image digests: each container runs what its image was when the revision was made."""
