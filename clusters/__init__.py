"""Places to run the suite on."""
