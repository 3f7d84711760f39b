# Thin: every target calls one short script, the same here and in CI.
# ARGS reaches the script: make demo ARGS=--once, make test ARGS="-k proxy -x"

.PHONY: setup demo test check parity bench soak

setup:
	@scripts/setup

demo test check parity bench soak: setup
	@scripts/$@ $(ARGS)
