"""The laws for many worlds at once, compiled; it knows no psychology."""
