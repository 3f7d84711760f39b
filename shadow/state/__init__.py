"""Compare what two databases hold, up to renaming. Reads only; the harness's own store is `shadow/store/`."""
