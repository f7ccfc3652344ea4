"""Environment: the variables, files, user and processes that each container sees."""
