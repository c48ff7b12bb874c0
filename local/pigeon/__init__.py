"""Pigeon, a fictional e-mail vendor, simulated as a real HTTP server on the loopback interface.

It accepts campaigns over an authenticated API and reports their progress with webhooks that follow the Standard
Webhooks specification (https://www.standardwebhooks.com). How its campaigns end, and how unpleasantly its webhooks
arrive, are settings.
"""
