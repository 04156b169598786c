"""What tests of the engine in JavaScript share."""
