"""Reading what people print: numbers, dates and conventions of Latin-script documents, in any of their usual forms."""
