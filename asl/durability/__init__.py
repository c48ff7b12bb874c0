"""What outlasts the process: a journal in SQLite, and how a service goes on from it."""
