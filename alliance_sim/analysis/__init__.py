"""From results to answers: functions from tidy frames to tidy frames, every number with its Monte Carlo error."""
