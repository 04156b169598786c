"""The worked studies: each folder holds a README whose finding is written by `python -m experiments NAME`."""
