"""The programs that the suite deploys, and how they are built."""
