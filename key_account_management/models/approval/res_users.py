from odoo import api, models
from odoo.modules import Manifest


class ResUsers(models.Model):
    _inherit = "res.users"  # pylint: disable=R8180

    def write(self, vals):
        """Whoever leaves decides no more: the next one is asked at once."""
        result = super().write(vals)
        if "active" in vals:
            self.env["kam.approval"]._ask_again()
        return result

    @api.model
    def _get_activity_groups(self):
        """Count what waits for a decision of the user in a group of its own.

        It is due from the moment when it is asked, whatever the deadline, and it is
        counted there even if the step gives no activity.
        """
        groups = super()._get_activity_groups()
        approvals = self.env["kam.approval"]
        rows = approvals.has_access("read") and approvals._waiting_for_user()
        if not rows:
            return groups
        self._kam_discount_decisions(groups, rows)
        overdue = len(rows.filtered("is_late"))
        approvals = {
            "id": self.env["ir.model"]._get_id(rows._name),
            "name": self.env._("To Approve"),
            "model": rows._name,
            "type": "activity",
            "icon": Manifest.for_addon("key_account_management").icon,
            "domain": [],
            "total_count": len(rows),
            "today_count": len(rows) - overdue,
            "overdue_count": overdue,
            "planned_count": 0,
            "view_type": "list",
        }
        return [approvals, *(group for group in groups if self._kam_counts(group))]

    @api.model
    def _kam_discount_decisions(self, groups, rows):
        """Take documents out of their groups that wait for nothing but a decision.

        :param groups: as returned by ``_get_activity_groups``, changed in place
        :param rows: ``kam.approval`` records that the user is asked to decide
        """
        by_model = {group["model"]: group for group in groups}
        mine = self.env["mail.activity"].search(
            [
                ("user_id", "=", self.env.uid),
                ("res_model", "in", set(rows.mapped("res_model")) & by_model.keys()),
                ("res_id", "in", rows.mapped("res_id")),
            ]
        )
        for (model, _id), activities in mine.grouped(
            lambda activity: (activity.res_model, activity.res_id)
        ).items():
            if any(a.kam_approval_id not in rows for a in activities.sudo()):
                continue
            states = activities.mapped("state")
            state = next(s for s in ("overdue", "today", "planned") if s in states)
            by_model[model][f"{state}_count"] -= 1
            by_model[model]["total_count"] -= state != "planned"

    @api.model
    def _kam_counts(self, group):
        return any(
            group.get(f"{state}_count") for state in ("overdue", "today", "planned")
        )
