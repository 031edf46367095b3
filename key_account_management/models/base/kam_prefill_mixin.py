from odoo import api, fields, models


class KamPrefillMixin(models.AbstractModel):
    """Editable fields that follow from others until a person types something else.

    A model names what each follows from in ``_prefill_sources`` and says in
    :meth:`_get_prefill` what it becomes. Their computes depend on ``prefill`` and
    call :meth:`_fill_in`. What was filled in before is remembered: a value that equals
    it was not typed. Views where the fields are edited contain ``prefill``, invisible,
    for nothing else remembers it before a record is saved; nobody writes it.
    """

    _name = "kam.prefill.mixin"
    _inherit = ["kam.guard.mixin", "kam.access.mixin"]
    _description = "Prefilled Fields"
    # By field that is filled in, the paths of the fields that it follows from
    _prefill_sources = {}

    prefill = fields.Json(
        compute="_compute_prefill",
        store=True,
        precompute=True,
        copy=False,
        exportable=False,
        export_string_translation=False,
    )

    @api.model
    def _guarded_fields(self):
        return super()._guarded_fields() | {"prefill"}

    def _is_settled(self):
        """Whether what is filled in stays, whatever becomes of its sources."""
        self.ensure_one()
        return False

    @api.depends(
        lambda self: {
            path for paths in self._prefill_sources.values() for path in paths
        }
    )
    def _compute_prefill(self):
        """By field what was filled in before, what is now, and from which sources.

        While the sources of a field are the same, so is what was filled in: what has
        changed behind them, such as a type of visits, is none of this record.
        """
        for record in self:
            before = record.prefill or record._origin.prefill or {}
            if record._is_settled():
                record.prefill = before
                continue
            prefill = {}
            for fname, value in record._get_prefill().items():
                former, current, origin = before.get(fname) or (None, None, None)
                sources = record._get_prefill_origin(fname)
                if origin != sources:
                    value = self._prefill_to_json(value)
                    former = former if current == value else current
                    current = value
                prefill[fname] = [former, current, sources]
            record.prefill = prefill

    def _get_prefill_origin(self, fname):
        """What the sources of a field are now."""
        values = (self.sudo().mapped(path) for path in self._prefill_sources[fname])
        return [
            self._prefill_to_json(value)
            if isinstance(value, models.BaseModel)
            else [self._prefill_to_json(item) for item in value]
            for value in values
        ]

    @api.model
    def _prefill_to_json(self, value):
        if isinstance(value, models.BaseModel):
            return value._origin.ids
        return fields.Datetime.to_string(value) if hasattr(value, "hour") else value

    def _is_behind(self, fname):
        """Whether the sources of a field have changed since it was filled in."""
        self.ensure_one()
        _former, _current, origin = (self.prefill or {}).get(fname) or [None] * 3
        return origin != self._get_prefill_origin(fname)

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
            if record._is_settled():
                record[fname] = record[fname]
                continue
            value = record._get_filled_in(fname)[-1]
            if field.type == "many2many":
                record[fname] = record._get_typed(fname) | record[fname].browse(value)
            elif not record._get_typed(fname):
                if field.type == "many2one":
                    value = record[fname].browse(value)
                record[fname] = value

    def _get_filled_in(self, fname):
        """What was filled into a field before, and what is now."""
        self.ensure_one()
        return ((self.prefill or {}).get(fname) or (None, None))[:2]

    def _get_typed(self, fname):
        """What a person entered in a field, maybe nothing."""
        self.ensure_one()
        filled_in = self._get_filled_in(fname)
        value = self[fname]
        if isinstance(value, models.BaseModel):
            return value._origin - value.browse().union(*map(value.browse, filled_in))
        return False if self._prefill_to_json(value) in filled_in else value
