from odoo import api, models


class IrActionsActions(models.Model):
    _inherit = "ir.actions.actions"

    @api.model
    def _kam_records(self, action, domain, context=None):
        """A window action of this addon, limited to some of its records.

        :param str action: its external id, without the module
        :param dict context: takes the place of that of the action
        """
        return {
            **self._for_xml_id(f"key_account_management.{action}"),
            "domain": domain,
            "context": context or {},
        }

    @api.model
    def _kam_form(self, record):
        """The action that opens a record."""
        record.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "view_mode": "form",
        }
