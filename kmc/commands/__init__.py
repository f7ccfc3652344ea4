"""The subcommands of `kmc`, a module each, and what they share."""
