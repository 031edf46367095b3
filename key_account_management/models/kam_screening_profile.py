"""大客户信息分类表: profile of the candidate (B4)."""

from odoo import fields, models


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

    # What our own books say
    revenue_12m = fields.Monetary(related="account_id.revenue_12m", string="Revenue")
    growth_rate = fields.Float(related="account_id.growth_rate", string="Growth")
    orders_per_month = fields.Float(related="account_id.orders_per_month")
    is_potential = fields.Boolean(related="account_id.is_potential")
    industry_id = fields.Many2one(related="partner_id.industry_id")
