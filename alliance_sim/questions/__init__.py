"""Further questions that a study can ask: one file each."""
