from odoo import api, fields, models


class KamAccount(models.Model):
    _inherit = "kam.account"

    visit_ids = fields.One2many("kam.visit", "account_id", string="Visits")
    visit_due_ids = fields.One2many("kam.visit.due", "account_id", string="Due Visits")
    visit_count = fields.Integer(string="Visits Held", compute="_compute_visit_dates")
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
            [("account_id", "in", self.ids), ("state", "in", ("planned", "done"))],
            ["account_id", "state"],
            ["start:min", "start:max", "__count"],
        )
        found = {(account.id, state): values for account, state, *values in groups}
        for account in self:
            nothing = (False, False, 0)
            _first, last, count = found.get((account._origin.id, "done"), nothing)
            account.visit_count = count
            account.last_visit_date = last
            account.next_visit_date = found.get(
                (account._origin.id, "planned"), nothing
            )[0]

    def _is_target(self):
        """Whether the customer is one we are developing (目标客户).

        Visits to it demand a supervisor and a meeting before them.
        """
        return self.is_potential and not self.tier_id

    def action_view_visits(self):
        return self._action_records("kam_visit_action")

    def action_record_visit(self):
        """Quick entry of a visit that has just taken place."""
        return self._action_records("kam_visit_record_action")
