"""The order of the procedure: what each stage needs of those before it (B1)."""

from odoo import models
from odoo.exceptions import UserError

from .kam_screening import STAGES

ORDER = [stage for stage, _label in STAGES]
# Reached by the approval only.
DECIDED_STAGES = ("confirmation", "archived")


class KamScreening(models.Model):
    _inherit = "kam.screening"

    def _check_stage(self):
        """Keep to the order of the procedure.

        :raise UserError: something is missing that a stage before the current one is
            for, or the stage is reached by the approval only
        """
        if self.env.su:
            return
        for screening in self:
            if screening.stage in DECIDED_STAGES:
                raise UserError(
                    self.env._(
                        "Submit the screening to have it confirmed; the decision "
                        "archives the file."
                    )
                )
            screening._check_complete(screening.stage)

    def _check_complete(self, stage):
        """:raise UserError: something is missing before ``stage``"""
        self.ensure_one()
        before = ORDER[: ORDER.index(stage)]
        points = self._open_points()
        if missing := [points[name] for name in before if name in points]:
            labels = dict(self._fields["stage"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "%(screening)s is not ready for “%(stage)s”: %(missing)s",
                    screening=self.display_name,
                    stage=labels[stage],
                    missing=" ".join(missing),
                )
            )

    def _open_points(self):
        """What is still missing.

        :return: dict of a sentence by the stage that the missing thing belongs to
        """
        self.ensure_one()
        checks = {
            "potential": (
                self.expected_revenue > 0,
                self.env._("Enter the sales expected of a year."),
            ),
            "needs": (
                bool((self.needs or "").strip()),
                self.env._("Describe the needs of the customer."),
            ),
            "resources": (
                bool(self.resource_ids),
                self.env._("Enter the resources of at least one department."),
            ),
            "fit": (
                all(self.resource_ids.mapped("is_rated")),
                self.env._("Rate how well each resource fits."),
            ),
            "competitors": (
                bool(self.competitor_ids or self.no_competitor),
                self.env._("Enter the competitors, or tick that none is known."),
            ),
        }
        points = {stage: text for stage, (done, text) in checks.items() if not done}
        if risk := self._risk_open_point():
            points["risk"] = risk
        return points

    def action_next_stage(self):
        """Go on to the next stage of the procedure."""
        for screening in self:
            following = ORDER[ORDER.index(screening.stage) + 1 :]
            if following[:1] == [DECIDED_STAGES[0]]:
                screening.action_submit()
            elif following:
                screening.stage = following[0]
