"""Development environment: Odoo 19, PostgreSQL and a browser, and nothing else.

`setup` puts them on the machine with the standard library alone, `run` holds the
commands of the Makefile, `databases` and `postgres` are what both `run` and
`bench/` build on.
"""
