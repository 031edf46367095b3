from odoo import api, fields, models


class KamTierHistory(models.Model):
    """A move of an account between tiers. Written by the system, never changed."""

    _name = "kam.tier.history"
    _inherit = ["kam.access.mixin"]
    _description = "Key Account Tier History"
    _order = "date desc, id desc"
    _rec_name = "account_id"
    _allow_sudo_commands = False

    account_id = fields.Many2one(
        "kam.account", required=True, index=True, ondelete="restrict", readonly=True
    )
    company_id = fields.Many2one(related="account_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Datetime(required=True, readonly=True)
    tier_from_id = fields.Many2one(
        "kam.tier", string="Previous Tier", readonly=True, ondelete="restrict"
    )
    tier_to_id = fields.Many2one(
        "kam.tier", string="New Tier", readonly=True, ondelete="restrict"
    )
    user_id = fields.Many2one(
        "res.users", string="Decided by", readonly=True, ondelete="restrict"
    )
    proposal_id = fields.Many2one(
        "kam.tier.proposal", readonly=True, index="btree_not_null", ondelete="set null"
    )
    reason = fields.Text(readonly=True)
    score = fields.Float(digits=(5, 2), readonly=True, aggregator="avg")
    revenue_12m = fields.Monetary(string="Revenue", readonly=True)
    orders_per_month = fields.Float(digits=(16, 2), readonly=True, aggregator="avg")
    reasons = fields.Json(readonly=True)
    explanation = fields.Json(compute="_compute_explanation")

    @api.depends("reasons")
    @api.depends_context("lang")
    def _compute_explanation(self):
        self.env["kam.account"]._present_reasons(self)
