from odoo import api, fields, models

from .kam_occasion import OPEN


class KamAccount(models.Model):
    _inherit = "kam.account"

    occasion_ids = fields.One2many("kam.occasion", "account_id", string="Occasions")
    occasion_count = fields.Integer(
        string="Open Occasions", compute="_compute_occasion_count", aggregator=None
    )

    @api.depends("occasion_ids.state", "occasion_ids.active")
    def _compute_occasion_count(self):
        groups = self.env["kam.occasion"]._read_group(
            [("account_id", "in", self.ids), ("state", "in", OPEN)],
            ["account_id"],
            ["__count"],
        )
        counts = dict(groups)
        for account in self:
            account.occasion_count = counts.get(account._origin, 0)

    def action_view_occasions(self):
        action = self._action_records("kam_occasion_action")
        action["context"]["search_default_open"] = 1
        return action
