from odoo import api, fields, models


class KamAccount(models.Model):
    _inherit = "kam.account"

    visit_ids = fields.One2many("kam.visit", "account_id", string="Visits")
    visit_due_ids = fields.One2many("kam.visit.due", "account_id", string="Due Visits")
    visit_count = fields.Integer(
        string="Number of Visits",
        compute="_compute_visit_dates",
        help="Held, planned, and drafted ones.",
    )
    last_visit_date = fields.Datetime(
        string="Last Visit", compute="_compute_visit_dates"
    )
    next_visit_date = fields.Datetime(
        string="Next Visit", compute="_compute_visit_dates"
    )

    @api.depends("visit_ids.state", "visit_ids.start")
    def _compute_visit_dates(self):
        """Of all accounts at once, as far as the user may see the visits."""
        groups = self.env["kam.visit"]._read_group(
            [("account_id", "in", self.ids), ("state", "!=", "cancelled")],
            ["account_id", "state"],
            ["start:min", "start:max", "__count"],
        )
        found = {(account.id, state): values for account, state, *values in groups}
        for account in self:
            drafted, planned, done = (
                found.get((account._origin.id, state), (False, False, 0))
                for state in ("draft", "planned", "done")
            )
            account.visit_count = drafted[-1] + planned[-1] + done[-1]
            account.last_visit_date = done[1]
            account.next_visit_date = planned[0]

    def _is_target(self):
        """Whether the customer is one we are developing (目标客户).

        Visits to it demand a supervisor and a meeting before them.
        """
        return self.is_potential and not self.tier_id

    def action_view_visits(self):
        """List the visits: a calendar would hide those of other weeks."""
        action = self._action_records("kam_visit_action")
        action["views"] = sorted(action["views"], key=lambda view: view[1] != "list")
        return action

    def action_record_visit(self):
        """Quick entry of a visit that has just taken place."""
        return self._action_records("kam_visit_record_action")
