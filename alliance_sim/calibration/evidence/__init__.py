"""Published numbers with their sources: fitted (calibration), predicted (validation), background (context)."""
