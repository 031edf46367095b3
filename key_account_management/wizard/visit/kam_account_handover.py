from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class KamAccountHandover(models.TransientModel):
    _inherit = "kam.account.handover"  # pylint: disable=R8180

    def _get_handover_records(self):
        """Visits to come and unsettled findings change hands, too.

        A planned visit of the past stays with whoever was to make it.
        """
        mine = Domain("user_id", "=", self.from_user_id.id) & self._of_accounts()
        to_come = Domain("state", "=", "draft") | (
            Domain("state", "=", "planned")
            & Domain("start", ">", fields.Datetime.now())
        )
        visits = self.env["kam.visit"].sudo().search(mine & to_come)
        unsettled = Domain("state", "in", ("open", "handed"))
        findings = self.env["kam.visit.finding"].sudo().search(mine & unsettled)
        return [
            *super()._get_handover_records(),
            (self.env._("Visits"), visits, "user_id"),
            (self.env._("Findings of Visits"), findings, "user_id"),
        ]

    def _get_handover_files(self):
        """Those on visits that took place, such as follow-ups, are open as well."""
        held = Domain("state", "=", "done") & self._of_accounts()
        return [
            *super()._get_handover_files(),
            self.env["kam.visit"].sudo().search(held),
        ]

    def _move_records(self, records, fname):
        """A visit that the new manager cannot make then becomes a draft of his."""
        problems = super()._move_records(records, fname)
        if not problems or records._name != "kam.visit" or len(records) > 1:
            return problems
        visit = records.sudo()
        if visit.state != "planned":
            return problems
        try:
            with self.env.cr.savepoint():
                visit.action_draft()
                visit[fname] = self.to_user_id
        except UserError:
            return problems
        outcome = self.env._("Handed over as a draft")
        return [{**problem, "outcome": outcome} for problem in problems]
