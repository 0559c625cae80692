"""The embedded stack: real PostgreSQL, Valkey and S3 servers beside the portal, from pip alone.

`bin/demo` and `bin/test` come here. Nothing in this package imports the portal: it starts
programs, speaks to them over the network, and stops them.
"""
