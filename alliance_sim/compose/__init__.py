"""From what a person types, or keeps in files of their own, to a study: checked first, then composed by Hydra."""
