"""The job API and the web pages: FastAPI over the same verbs as the command line."""
