"""Protocols: HTTP/2, gRPC, WebSocket and event streams reach the serving container."""
