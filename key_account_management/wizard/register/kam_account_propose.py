from odoo import fields, models


class KamAccountPropose(models.TransientModel):
    """Propose a tier for an account by hand, against the figures or ahead of them."""

    _name = "kam.account.propose"
    _inherit = ["kam.access.mixin"]
    _description = "Propose a Key Account Tier"
    _check_company_auto = True

    account_id = fields.Many2one("kam.account", required=True)
    company_id = fields.Many2one(related="account_id.company_id")
    tier_current_id = fields.Many2one(
        related="account_id.tier_id", string="Current Tier"
    )
    tier_computed_id = fields.Many2one(related="account_id.tier_computed_id")
    tier_id = fields.Many2one(
        "kam.tier",
        string="Proposed Tier",
        check_company=True,
        domain="[('company_id', '=', company_id)]",
        help="Leave empty to propose that the account becomes an ordinary customer.",
    )
    reason = fields.Text(required=True)

    def action_propose(self):
        self.ensure_one()
        self.account_id.check_access("write")
        proposal = (
            self.env["kam.tier.proposal"]
            .sudo()
            ._propose(self.account_id.sudo(), self.tier_id, self.reason)
        )
        return self.env["ir.actions.actions"]._kam_form(proposal)
