from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    def action_kam_record_visit(self):
        """Quick entry of a visit to a contact."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "key_account_management.kam_visit_record_action"
        )
        contacts = self if self != self.commercial_partner_id else self.browse()
        action["context"] = {
            "default_account_id": self.kam_account_id.id,
            "default_contact_ids": contacts.ids,
        }
        return action
