"""docproc asks a question set of every page of a pile of documents and stores the typed answers in SQL."""

__version__ = "0.1.0"
