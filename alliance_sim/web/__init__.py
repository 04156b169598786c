"""The classroom: the laws generated to JavaScript, the page that runs them in one file, and what serves it."""
