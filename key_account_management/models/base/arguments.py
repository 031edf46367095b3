"""Arguments of calls from outside: what is none gets a sentence, not a traceback."""

from math import isfinite

from odoo.exceptions import UserError


def is_number(value):
    """Whether somebody sent a number that one can reckon with."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and isfinite(value)


def check_one(records):
    """:raise UserError: none or several records, where one is meant"""
    if len(records) != 1:
        raise UserError(
            records.env._(
                "%(model)s: choose exactly one record.",
                model=records.env["ir.model"]._get(records._name).name,
            )
        )


def check_values(model, vals):
    """Check that the values of fields are such values. What points to other records is
    left to ``kam.access.mixin``.

    :param model: any recordset of the model
    :param dict vals: values as for ``write``
    :raise UserError: a value is none of its field
    """
    for fname, value in vals.items():
        field = model._fields.get(fname)
        if field and value and not _is_value(field, value, model.browse()):
            raise UserError(
                model.env._(
                    "%(value)s is not a valid value of “%(field)s”.",
                    value=value,
                    field=field._description_string(model.env),
                )
            )


def _is_value(field, value, model):
    if field.relational or field.type in ("binary", "image", "json"):
        return True
    if field.type in ("char", "text", "html"):
        return isinstance(value, str) and "\x00" not in value
    strict = field.type in ("selection", "reference")
    try:
        value = field.convert_to_cache(value, model, validate=strict)
    except (TypeError, ValueError, OverflowError):
        return False
    if field.type in ("integer", "many2one_reference"):  # as the database has them
        return isinstance(value or 0, int) and abs(value or 0) < 2**31
    return field.type not in ("float", "monetary") or isfinite(value)
