"""The live push: hints over a WebSocket API about what changed, for pages that then ask the operations API.

    POST /api/live/ticket   console.api.live_routes   makes a ticket
    $connect                console.live.door         takes it, and stores the connection
    follow, ping, ...       console.live.messages     what clients send, and `$disconnect`
    status, logs, failures  console.live.push         tells connections

A hint says that something changed and where, never what: it may come late, twice or not at all, and who was told
nothing finds out by asking.
"""
