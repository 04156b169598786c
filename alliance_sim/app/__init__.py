"""The classroom: two clinicians, the same simulated patients, in a browser."""
