"""Configuration files: protocols, populations, clinicians, experiments."""
