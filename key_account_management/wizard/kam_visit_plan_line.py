from odoo import api, fields, models
from odoo.fields import Command

from ..models.kam_visit_type import METHODS
from ..models.res_partner_stakeholder import LEVELS


class KamVisitPlanLine(models.TransientModel):
    """One proposed visit."""

    _name = "kam.visit.plan.line"
    _description = "Planned Visit"
    _order = "start, id"

    plan_id = fields.Many2one(
        "kam.visit.plan", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="plan_id.company_id")
    account_id = fields.Many2one("kam.account", required=True)
    partner_id = fields.Many2one(related="account_id.partner_id")
    contact_id = fields.Many2one(
        "res.partner", domain="[('commercial_partner_id', '=', partner_id)]"
    )
    level = fields.Selection(LEVELS, readonly=True)
    companion_ids = fields.Many2many(
        "res.users",
        "kam_visit_plan_companion_rel",
        "line_id",
        "user_id",
        string="Comes Along",
        compute="_compute_companion_ids",
        store=True,
        readonly=False,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="Who of us goes to the customer, too: to target accounts a supervisor.",
    )
    date_due = fields.Date(string="Due on", readonly=True)
    start = fields.Datetime(help="Without a time, the visit is not booked.")
    reason = fields.Char(string="Why Not", readonly=True)
    duration = fields.Float(required=True, default=1.0)
    method = fields.Selection(METHODS, required=True, default="face")

    @api.depends("account_id", "method", "plan_id.user_id")
    def _compute_companion_ids(self):
        for line in self:
            line.companion_ids = line.account_id._visit_companions(
                line.plan_id.user_id, line.method
            )

    def _visit_values(self):
        plan = self.plan_id
        return {
            "account_id": self.account_id.id,
            "contact_ids": [Command.set(self.contact_id.ids)],
            "level": self.level,
            "type_id": plan.type_id.id,
            "purpose": plan.type_id.purpose or plan.type_id.name,
            "user_id": plan.user_id.id,
            "user_ids": [Command.set((plan.user_id | self.companion_ids).ids)],
            "start": self.start,
            "duration": self.duration,
            "method": self.method,
            "state": "planned",
        }
