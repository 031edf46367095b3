from odoo import api, models

PREFIX = "kam_"


class KamNamedMixin(models.AbstractModel):
    """Forms of core's models that have fields of ours.

    What is named in these fields, in a form or in defaults, the user may read, as in
    our own models (``kam.access.mixin``).
    """

    _name = "kam.named.mixin"
    _description = "Access of Fields on Other Models"

    @api.model
    def default_get(self, fields):
        defaults = super().default_get(fields)
        self._kam_check_named(defaults)
        return defaults

    def onchange(self, values, field_names, fields_spec):
        self._kam_check_named(values)
        return super().onchange(values, field_names, fields_spec)

    def _read_group_groupby(self, alias, groupby_spec, query):
        # Core does not check fields of several records.
        fname = groupby_spec.partition(":")[0].partition(".")[0]
        if fname.startswith(PREFIX) and fname in self._fields and not self.env.su:
            self._check_field_access(self._fields[fname], "read")
        return super()._read_group_groupby(alias, groupby_spec, query)

    @api.model
    def _kam_check_named(self, values):
        """:raise AccessError: fields of ours name what the user may not read"""
        ours = {
            fname: value for fname, value in values.items() if fname.startswith(PREFIX)
        }
        if ours and not self.env.su:
            self.env["kam.access.mixin"]._check_named_by(self, [ours], nested=True)
