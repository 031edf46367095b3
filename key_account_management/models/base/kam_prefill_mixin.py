from odoo import api, fields, models


class KamPrefillMixin(models.AbstractModel):
    """Editable fields that follow from others until a person types something else.

    A model names what they follow from in ``_prefill_sources`` and says in
    :meth:`_get_prefill` what they become. Their computes depend on ``prefill`` and
    call :meth:`_fill_in`. What was filled in before is remembered: a value that equals
    it was not typed. Views where the fields are edited contain ``prefill``, invisible,
    for nothing else remembers it before a record is saved.
    """

    _name = "kam.prefill.mixin"
    _description = "Prefilled Fields"
    # Fields that those which are filled in follow from
    _prefill_sources = ()

    prefill = fields.Json(
        compute="_compute_prefill",
        store=True,
        precompute=True,
        copy=False,
        exportable=False,
        export_string_translation=False,
    )

    @api.depends(lambda self: self._prefill_sources)
    def _compute_prefill(self):
        """By field what was filled in before, and what is to be filled in now."""
        for record in self:
            before = record.prefill or record._origin.prefill or {}
            prefill = {}
            for fname, value in record._get_prefill().items():
                former, current = before.get(fname, (None, None))
                value = self._prefill_to_json(value)
                prefill[fname] = [former if current == value else current, value]
            record.prefill = prefill

    @api.model
    def _prefill_to_json(self, value):
        if isinstance(value, models.BaseModel):
            return value._origin.ids
        return fields.Datetime.to_string(value) if hasattr(value, "hour") else value

    def _get_prefill(self):
        """What follows from the sources.

        :return: dict of values, recordsets for relations, by field
        """
        self.ensure_one()
        return {}

    def _fill_in(self, fname):
        """Give a field what follows for it, unless a person typed something else.

        Of several records, such as attendees, those that a person chose stay.
        """
        field = self._fields[fname]
        for record in self:
            _former, value = (record.prefill or {}).get(fname, (None, None))
            if field.type == "many2many":
                record[fname] = record._get_typed(fname) | record[fname].browse(value)
            elif not record._get_typed(fname):
                if field.type == "many2one":
                    value = record[fname].browse(value)
                record[fname] = value

    def _get_typed(self, fname):
        """What a person entered in a field, maybe nothing."""
        self.ensure_one()
        filled_in = (self.prefill or {}).get(fname, (None, None))
        value = self[fname]
        if isinstance(value, models.BaseModel):
            return value._origin - value.browse().union(*map(value.browse, filled_in))
        return False if self._prefill_to_json(value) in filled_in else value
