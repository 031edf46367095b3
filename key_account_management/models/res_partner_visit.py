from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _kam_thinking_advice(self):
        """How to talk to a contact, by their thinking preference (C2)."""
        self.ensure_one()
        advice = {
            "analytical": self.env._("Bring figures and proofs; let them check."),
            "intuitive": self.env._("Paint the picture first; keep details short."),
            "social": self.env._("Take time for people; name who else is content."),
            "logical": self.env._("Go step by step; keep to the agenda and the facts."),
        }
        return advice.get(self.kam_thinking, "")

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
