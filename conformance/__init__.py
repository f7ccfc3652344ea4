"""The claims, as data, and the tests that decide them."""
