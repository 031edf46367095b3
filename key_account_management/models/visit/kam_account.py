from odoo import api, fields, models


class KamAccount(models.Model):
    _inherit = "kam.account"  # pylint: disable=R8180

    visit_ids = fields.One2many("kam.visit", "account_id", string="Visits")
    visit_due_ids = fields.One2many("kam.visit.due", "account_id", string="Due Visits")
    visit_count = fields.Integer(
        string="Number of Visits",
        compute="_compute_visit_dates",
        help="Draft, planned and completed visits.",
    )
    last_visit_date = fields.Datetime(
        string="Last Visit", compute="_compute_visit_dates"
    )
    next_visit_date = fields.Datetime(
        string="Next Visit", compute="_compute_visit_dates"
    )

    # ------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------

    @api.depends("visit_ids.state", "visit_ids.start")
    @api.depends_context("uid")
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

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_view_visits(self):
        """List the visits: a calendar would hide those of other weeks."""
        action = self._action_records("kam_visit_action")
        action["views"] = sorted(action["views"], key=lambda view: view[1] != "list")
        return action

    def action_record_visit(self):
        """Quick entry of a visit that has just taken place."""
        return self._action_records("kam_visit_record_action")

    def action_view_development(self):
        """Open the development record of the customer."""
        return self._action_records("kam_development_record_action")

    # ------------------------------------------------------------
    # Business
    # ------------------------------------------------------------

    def _is_target(self):
        """Whether the customer is one we are developing (目标客户).

        Visits to it demand a supervisor and a meeting before them.
        """
        return self.is_potential and not self.tier_id

    def _visit_demands_leader(self, method):
        """Whether a visit demands that a supervisor, or somebody above, takes part.

        Target accounts do, unless they are only called (D4).
        """
        return method != "phone" and self.sudo()._is_target()

    def _visit_companions(self, user, method):
        """Who must come along when somebody visits the customer, maybe nobody.

        :param user: the visitor
        """
        if not self._visit_demands_leader(method) or user._kam_is_leader():
            return self.env["res.users"]
        company = self.sudo().company_id
        leader = self.sudo().team_id._kam_find_leader(
            lambda u: company in u.company_ids and u._kam_is_leader()
        )
        return leader.with_env(self.env)

    def _development_records(self):
        """What was done to win the customer, in order of time."""
        self.ensure_one()
        return self.env["kam.development.record"].search(
            [("account_id", "=", self.id)], order="date, id"
        )

    def _get_contact_intervals(self):
        """What the cadence of the tier says, as in the list of due visits."""
        account = self.sudo()
        cadences = account.company_id.kam_visit_cadence_ids._filter_for_account(account)
        return {
            **super()._get_contact_intervals(),
            **{cadence.level: cadence._get_interval() for cadence in cadences},
        }
