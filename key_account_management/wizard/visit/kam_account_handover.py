from odoo import fields, models
from odoo.fields import Domain


class KamAccountHandover(models.TransientModel):
    _inherit = "kam.account.handover"

    def _handover_records(self):
        """Visits to come and unsettled findings change hands, too.

        A planned visit of the past stays with whoever was to make it.
        """
        mine = Domain("user_id", "=", self.from_user_id.id) & Domain(
            "account_id", "in", self._account_ids()
        )
        to_come = Domain("state", "=", "draft") | (
            Domain("state", "=", "planned")
            & Domain("start", ">", fields.Datetime.now())
        )
        visits = self.env["kam.visit"].sudo().search(mine & to_come)
        unsettled = Domain("state", "in", ("open", "handed"))
        findings = self.env["kam.visit.finding"].sudo().search(mine & unsettled)
        return [
            *super()._handover_records(),
            (self.env._("Visits"), visits, "user_id"),
            (self.env._("Findings of Visits"), findings, "user_id"),
        ]

    def _files(self):
        """Those on visits that took place, such as follow-ups, are open as well."""
        held = self.env["kam.visit"].sudo()
        return [
            *super()._files(),
            held.search(
                [("account_id", "in", self._account_ids()), ("state", "=", "done")]
            ),
        ]
