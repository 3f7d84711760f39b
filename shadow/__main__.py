"""`python -m shadow` is `shadow`."""

from shadow.cli.main import main

main()
