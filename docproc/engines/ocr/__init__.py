"""The embedded default engine: text layer or OCR, then rules; no model, no server, no download."""
