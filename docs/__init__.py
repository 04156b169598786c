"""What generates the documentation."""
