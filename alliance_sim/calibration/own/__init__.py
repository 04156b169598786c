"""One's own data: read, laid beside simulated trials of its size and schedule, and fitted."""
