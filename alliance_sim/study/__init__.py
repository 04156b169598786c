"""From a question to a result: the study's configuration, the runner, the tables and the store."""
