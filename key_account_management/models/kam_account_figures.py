"""What the refresh measures of a customer (see kam_account_measure.py)."""

from odoo import fields, models


class KamAccount(models.Model):
    _inherit = "kam.account"

    # Figures of the trailing window, in company currency, untaxed, signed
    revenue_12m = fields.Monetary(
        string="Revenue",
        readonly=True,
        help="Posted invoices less credit notes of the trailing window, untaxed.",
    )
    revenue_prev_12m = fields.Monetary(
        string="Revenue Before",
        readonly=True,
        help="Revenue of the window before the trailing window.",
    )
    growth_rate = fields.Float(
        string="Growth",
        digits=(16, 4),
        readonly=True,
        aggregator="avg",
        help="Revenue against the window before. Empty when there was none.",
    )
    order_count_12m = fields.Integer(string="Orders", readonly=True)
    orders_per_month = fields.Float(
        string="Orders per Month", digits=(16, 2), readonly=True, aggregator="avg"
    )
    first_order_date = fields.Date(string="First Order", readonly=True)
    last_order_date = fields.Date(string="Last Order", readonly=True)
    revenue_rank = fields.Integer(
        string="Rank", readonly=True, aggregator=None, help="1: most revenue."
    )
    revenue_share = fields.Float(
        digits=(7, 6), readonly=True, help="Share of the revenue of all customers."
    )
    pareto_share = fields.Float(
        string="Cumulative Share",
        digits=(7, 6),
        readonly=True,
        aggregator=None,
        help="Share of all revenue that this and all better ranked customers bring.",
    )
    pareto_class = fields.Selection(
        [("a", "A"), ("b", "B"), ("c", "C")],
        readonly=True,
        help="A: the customers that make up the first 80 % of revenue; B: up to 95 %; "
        "C: the rest. The limits are settings.",
    )
    score = fields.Float(digits=(5, 2), readonly=True, aggregator="avg")
    long_term_value = fields.Monetary(
        string="Long-Term Value",
        readonly=True,
        help="Expected revenue of the coming years: the revenue of the window, times "
        "the share of such customers that stay each year, discounted.",
    )
    overdue_amount = fields.Monetary(
        string="Overdue",
        readonly=True,
        help="Open receivables past their due date, less unused credits.",
    )
    revenue_group_12m = fields.Monetary(
        string="Group Revenue",
        readonly=True,
        aggregator=None,
        help="Revenue of this customer and of all its subsidiaries.",
    )
    order_count_group_12m = fields.Integer(
        string="Group Orders", readonly=True, aggregator=None
    )
    overdue_group_amount = fields.Monetary(
        string="Group Overdue", readonly=True, aggregator=None
    )
