from odoo import fields, models


class KamTierProposalReject(models.TransientModel):
    _name = "kam.tier.proposal.reject"
    _description = "Reject Key Account Tier Proposals"

    proposal_ids = fields.Many2many("kam.tier.proposal", required=True)
    comment = fields.Text(string="Reason", required=True)

    def action_reject(self):
        self.proposal_ids.action_reject(self.comment)
        return {"type": "ir.actions.act_window_close"}
