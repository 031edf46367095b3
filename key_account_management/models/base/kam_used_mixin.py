from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.tools import ormcache


class KamUsedMixin(models.AbstractModel):
    """What is archived, not deleted, once something on record points to it.

    Records that are archived themselves, and histories, count: the database would
    refuse the deletion with an error that says nothing to a user. Models of core that
    documents of this addon point to are extended with this mixin, too.
    """

    _name = "kam.used.mixin"
    _description = "Kept While in Use"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        for model, fname in self._restricting_fields():
            records = self.env[model].sudo().with_context(active_test=False)
            groups = records._read_group([(fname, "in", self.ids)], [fname])
            if used := self & self.browse(record.id for (record,) in groups):
                raise ValidationError(used._get_used_message(model))

    def _get_used_message(self, model):
        """Why the records cannot be deleted, in a sentence.

        :param str model: name of the model that points to them
        """
        values = {
            "records": ", ".join(self[:3].mapped("display_name")),
            "model": self.env["ir.model"]._get(model).name,
        }
        if "active" not in self._fields:
            return self.env._(
                "%(records)s cannot be deleted: used in %(model)s.", **values
            )
        return self.env._(
            "%(records)s cannot be deleted: used in %(model)s. Archive it instead.",
            **values,
        )

    @api.model
    @ormcache("self._name")
    def _restricting_fields(self):
        """Fields that keep the database from deleting what they point to.

        What core's models need of each other is core's to say.

        :return: tuple of pairs of a model and a field of it
        """
        return tuple(
            (name, field.name)
            for name, model in self.env.registry.items()
            if model._auto and not model._abstract
            if name.startswith("kam.") or self._name.startswith("kam.")
            for field in model._fields.values()
            if field.type in ("many2one", "many2many")
            and field.store
            and field.comodel_name == self._name
            and field.ondelete == "restrict"
        )
