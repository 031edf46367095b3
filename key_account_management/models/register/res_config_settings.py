from odoo import api, fields, models

from .kam_tier import DEFER

RULES = ("kam_criterion_ids", "kam_tier_ids")


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"  # pylint: disable=R8180

    kam_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Key Account Currency"
    )
    kam_window_months = fields.Integer(
        related="company_id.kam_window_months", readonly=False
    )
    kam_order_source = fields.Selection(
        related="company_id.kam_order_source", readonly=False
    )
    kam_pareto_a = fields.Float(related="company_id.kam_pareto_a", readonly=False)
    kam_pareto_b = fields.Float(related="company_id.kam_pareto_b", readonly=False)
    kam_size_large = fields.Float(related="company_id.kam_size_large", readonly=False)
    kam_size_medium = fields.Float(related="company_id.kam_size_medium", readonly=False)
    kam_long_term_months = fields.Integer(
        related="company_id.kam_long_term_months", readonly=False
    )
    kam_strategic_fit = fields.Float(
        related="company_id.kam_strategic_fit", readonly=False
    )
    kam_potential_growth = fields.Float(
        related="company_id.kam_potential_growth", readonly=False
    )
    kam_potential_revenue = fields.Monetary(
        related="company_id.kam_potential_revenue",
        currency_field="kam_currency_id",
        readonly=False,
    )
    kam_ltv_horizon = fields.Integer(
        related="company_id.kam_ltv_horizon", readonly=False
    )
    kam_ltv_discount = fields.Float(
        related="company_id.kam_ltv_discount", readonly=False
    )
    kam_hysteresis = fields.Float(related="company_id.kam_hysteresis", readonly=False)
    kam_proposal_silence = fields.Integer(
        related="company_id.kam_proposal_silence", readonly=False
    )
    kam_refresh_date = fields.Datetime(related="company_id.kam_refresh_date")
    kam_criterion_ids = fields.One2many(
        related="company_id.kam_criterion_ids", readonly=False
    )
    kam_tier_ids = fields.One2many(related="company_id.kam_tier_ids", readonly=False)

    @api.model_create_multi
    def create(self, vals_list):
        """Apply edited rules line by line, as the commands that they come as.

        Assigning the lists, as related fields do, would delete every line that the
        client does not mention.
        """
        self.check_access("create")
        for vals in vals_list:
            company = self.env["res.company"].browse(
                vals.get("company_id", self.env.company.id)
            )
            commands = {fname: vals.pop(fname) for fname in RULES if fname in vals}
            if commands:
                company.with_context(kam_order_check=DEFER).write(commands)
                company.kam_tier_ids._check_order()
        return super().create(vals_list)
