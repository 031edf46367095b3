"""Work on many records of which one may fail."""

import logging

from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

_logger = logging.getLogger(__name__)


def run_or_each(records, run, what, retry=False):
    """Run on all records at once, or one by one if that fails.

    What was done for a record that fails alone is undone, and the administrators are
    told of it.

    :param run: function of a recordset
    :param what: function from an environment to what is being done, in its language
    :param bool retry: for scheduled work, which nobody starts over: commit, and try
        once more what met another transaction
    :return: the records that failed
    """
    errors = {}
    if records:
        _collect_errors(records, run, errors, raise_concurrency=not retry)
    met = [
        record
        for record, error in errors.items()
        if isinstance(error, PG_CONCURRENCY_EXCEPTIONS_TO_RETRY)
    ]
    if met:
        records.env.cr.commit()  # to see what the other transaction did
        for record in met:
            del errors[record]
            _collect_errors(record, run, errors, raise_concurrency=False)
    if errors:
        source = what(records.with_context(lang="en_US").env)
        for record, error in errors.items():
            _logger.error("Failed: %s, on %s", source, record, exc_info=error)
        records.env["mail.activity"]._kam_tell_failures(what, errors)
    return records.browse(record.id for record in errors)


def _collect_errors(records, run, errors, raise_concurrency):
    """Run on all records at once, or one by one if that fails.

    :param dict errors: exceptions by record that failed alone, to be added to
    :param bool raise_concurrency: the whole transaction will be tried again
    """
    try:
        with records.env.cr.savepoint():
            run(records)
    except Exception as error:
        if raise_concurrency and isinstance(error, PG_CONCURRENCY_EXCEPTIONS_TO_RETRY):
            raise
        if len(records) == 1:
            errors[records] = error
        else:
            for record in records:
                _collect_errors(record, run, errors, raise_concurrency)
