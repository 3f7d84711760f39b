"""HTTP/1.1 towards upstreams: connection, keep-alive pool, what ends at this hop. No cookies, redirects or decoding."""
