# make demo    Odoo with the addon and demo data on http://localhost:8069
# make test    the test suite on all cores; make test ARGS="-k tier" for some of it,
#              on one; WORKERS=1 or another number sets how many processes test
# make lint    all style checks; make lint FIX=1 repairs what can be repaired
# make bench   performance measurements
# make shell   odoo shell on the demo database, or the script on standard input
# make clean   throw away this clone's databases; make distclean the downloads too
#
# CLOCK=2028-02-29 or CLOCK="2027-12-31 23:30" (UTC) runs demo, test and shell under
# that clock, database server and browser included. The demo has its own data then.
#
# KAM_PORT=8070 serves on another port. ODOO_PATH=~/odoo uses that Odoo 19 instead of
# downloading one, PGHOST/PGPORT/PGUSER/PGPASSWORD that PostgreSQL server.

PYTHON ?= python3
RUN = .dev/venv/bin/python -m dev.run

.NOTPARALLEL:
.PHONY: demo test lint bench shell setup clean distclean

demo test lint bench shell:
	@$(PYTHON) -m dev.setup $@ < /dev/null
	@$(RUN) $@ $(ARGS)

setup:
	@$(PYTHON) -m dev.setup

clean:
	@test ! -x .dev/venv/bin/python || $(RUN) stop
	rm -rf .dev

distclean: clean
	rm -rf "$${XDG_CACHE_HOME:-$$HOME/.cache}/key_account_management"
