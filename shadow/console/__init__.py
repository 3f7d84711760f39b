"""The operator's web page and admin API: on loopback, behind a token, without a script of its own."""
