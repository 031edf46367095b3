from odoo import api, fields, models


class KamAccountClassMixin(models.AbstractModel):
    """A class that accounts of a company are in: a tier or a credit grade."""

    _name = "kam.account.class.mixin"
    _inherit = ["kam.used.mixin"]
    _description = "Class of Accounts"
    # Field of the account that tells its class, and the action that lists accounts.
    _account_field = None
    _account_action = "kam_account_action"

    name = fields.Char(required=True, translate=True)
    color = fields.Integer()
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    account_count = fields.Integer(
        string="Number of Accounts", compute="_compute_account_count"
    )

    @api.depends_context("uid")
    def _compute_account_count(self):
        groups = self.env["kam.account"]._read_group(
            [(self._account_field, "in", self.ids)], [self._account_field], ["__count"]
        )
        counts = {record.id: count for record, count in groups}
        for record in self:
            record.account_count = counts.get(record.id, 0)

    def action_view_accounts(self):
        self.ensure_one()
        return self.env["ir.actions.actions"]._kam_records(
            self._account_action, [(self._account_field, "=", self.id)]
        )
