"""The vendors that Baton knows, simulated as one real HTTP server on the loopback interface.

Each has the paths, payloads, errors and webhooks that the vendor documents, under its own name: what is
`https://api.brevo.com/v3/emailCampaigns` in the world is `http://127.0.0.1:<port>/brevo/v3/emailCampaigns` here. How a
vendor's campaigns end, and how unpleasantly its API and its webhooks behave, are settings.
"""
