"""The command line: data on stdout, talk on stderr; exit 0 fine, 1 findings or gate not ready, 2 wrong use."""
