"""Cases made at random of all that a person can type, write or damage: `make fuzz` tries 10,000."""
