"""The operations API: what operators can do, over HTTP, for whoever has signed in."""
