"""The Step Functions API over HTTP: AWS JSON 1.0, any SDK, any region, accounts kept apart."""
