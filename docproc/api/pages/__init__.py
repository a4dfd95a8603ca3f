"""The web pages, rendered on the server; their scripts call the API."""
