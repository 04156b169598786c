"""One simulated world as validated data: protocol, patients, clinicians, and how configuration makes them."""
