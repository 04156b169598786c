"""The classroom in a real browser."""
