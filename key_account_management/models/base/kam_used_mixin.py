from odoo import api, models
from odoo.exceptions import ValidationError


class KamUsedMixin(models.AbstractModel):
    """Configuration that is archived, not deleted, once something points to it.

    Records that are archived themselves, and histories, count: the database would
    refuse the deletion with an error that says nothing to a user.
    """

    _name = "kam.used.mixin"
    _description = "Configuration in Use"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        for model, fname in self._restricting_fields():
            records = self.env[model].sudo().with_context(active_test=False)
            groups = records._read_group([(fname, "in", self.ids)], [fname])
            if used := self.browse(record.id for (record,) in groups):
                raise ValidationError(
                    self.env._(
                        "%(records)s cannot be deleted: used in %(model)s. "
                        "Archive it instead.",
                        records=", ".join(used.mapped("display_name")),
                        model=self.env["ir.model"]._get(model).name,
                    )
                )

    @api.model
    def _restricting_fields(self):
        """Fields that keep the database from deleting what they point to.

        :return: list of pairs of a model and a field of it
        """
        return [
            (name, field.name)
            for name, model in self.env.registry.items()
            if model._auto and not model._abstract
            for field in model._fields.values()
            if field.type == "many2one"
            and field.store
            and field.comodel_name == self._name
            and field.ondelete == "restrict"
        ]
