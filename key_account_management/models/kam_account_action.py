"""What opens from an account."""

from odoo import models


class KamAccount(models.Model):
    _inherit = "kam.account"

    def _action_open(self):
        return self.env["ir.actions.actions"]._kam_form(self)

    def _action_records(self, action):
        """A window action of this addon for what belongs to the account."""
        self.ensure_one()
        return self.env["ir.actions.actions"]._kam_records(
            action, [("account_id", "=", self.id)], {"default_account_id": self.id}
        )

    def action_propose_tier(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Propose a Tier"),
            "res_model": "kam.account.propose",
            "view_mode": "form",
            "target": "new",
            "context": {"default_account_id": self.id},
        }

    def action_view_partner(self):
        return self.env["ir.actions.actions"]._kam_form(self.partner_id)

    def action_view_proposals(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "kam.tier.proposal",
            "view_mode": "list,form",
            "domain": [("account_id", "=", self.id)],
            "name": self.env._("Tier Proposals"),
        }

    def action_view_subsidiaries(self):
        self.ensure_one()
        return self.env["ir.actions.actions"]._kam_records(
            "kam_account_action", [("id", "child_of", self.ids)]
        )
