"""The states, one type per module: what each does once it has been entered."""
