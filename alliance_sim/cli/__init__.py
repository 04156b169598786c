"""The command line: entry, help texts, and a module for each command."""
