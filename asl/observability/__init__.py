"""What is told beside the API: the logs of executions, changes of their status, numbers, the server's own log."""
