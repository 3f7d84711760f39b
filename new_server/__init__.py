"""The port: FastAPI and Jinja2 over the shared domain, answering as the legacy application does."""
