"""Everything under `/api`: the worker protocol, the public calls, the downloads; in the order of the route list."""
