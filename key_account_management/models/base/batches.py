"""Work on many records of which one may fail."""

import logging

from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

_logger = logging.getLogger(__name__)


def run_or_each(records, run, what):
    """Run on all records at once, or one by one if that fails.

    A record that fails alone is logged, and what was done for it is undone.

    :param run: function of a recordset
    :param str what: for the log, in English
    """
    try:
        with records.env.cr.savepoint():
            run(records)
    except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:  # the whole transaction is tried again
        raise
    except Exception:
        if len(records) == 1:
            _logger.exception("%s failed on %s", what, records)
        else:
            for record in records:
                run_or_each(record, run, what)
