"""One small model of a patient, a clinician and their bond, in several frameworks."""
