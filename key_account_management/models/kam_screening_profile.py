"""大客户信息分类表: profile of the candidate (B4)."""

from odoo import api, fields, models

FIGURES = ("revenue_12m", "growth_rate", "orders_per_month", "is_potential")


class KamScreening(models.Model):
    _inherit = "kam.screening"

    statement_ids = fields.One2many(
        "kam.screening.statement", "screening_id", string="Operating Figures", copy=True
    )
    buyers = fields.Text(
        string="Whom They Sell to", help="Their customers: who, where, of what age, …"
    )
    marketing = fields.Text(string="How They Sell")
    logistics = fields.Text(
        help="How they store and transport, and what that asks of us."
    )
    decision_maker_ids = fields.Many2many(
        "res.partner",
        "kam_screening_decision_maker_rel",
        string="Senior Decision Makers",
        domain="[('commercial_partner_id', '=', partner_id), ('id', '!=', partner_id)]",
    )
    decision_makers = fields.Text(
        string="Others Who Decide",
        help="People who are not among the contacts yet: position and office.",
    )

    industry_id = fields.Many2one(related="partner_id.industry_id")

    # What our own books say, to whom they may say it
    revenue_12m = fields.Monetary(string="Revenue", compute="_compute_figures")
    growth_rate = fields.Float(string="Growth", compute="_compute_figures")
    orders_per_month = fields.Float(compute="_compute_figures")
    is_potential = fields.Boolean(
        string="Potential Key Account", compute="_compute_figures"
    )

    @api.depends(*(f"account_id.{fname}" for fname in FIGURES))
    @api.depends_context("uid")
    def _compute_figures(self):
        """Whoever screens a customer need not be entitled to see its account."""
        readable = self.account_id._filtered_access("read")
        for screening in self:
            account = screening.account_id & readable
            for fname in FIGURES:
                screening[fname] = account[fname]
