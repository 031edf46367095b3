from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Command

from ...models.screening.kam_development_contact import ATTITUDES
from ...models.visit.kam_visit import LONGEST
from ...models.visit.kam_visit_type import METHODS


class KamVisitRecord(models.TransientModel):
    """Quick entry: a routine visit recorded in under a minute, on a phone.

    All but what was said is filled in. It gives back the next step and the follow-up.
    """

    _name = "kam.visit.record"
    _inherit = ["kam.prefill.mixin"]
    _description = "Record a Visit"
    _prefill_sources = {"start": ("duration",)}

    account_id = fields.Many2one("kam.account", required=True)
    partner_id = fields.Many2one(related="account_id.partner_id")
    contact_ids = fields.Many2many(
        "res.partner",
        string="Contacts",
        compute="_compute_contact_ids",
        compute_sudo=False,
        store=True,
        readonly=False,
        domain="[('commercial_partner_id', '=', partner_id)]",
    )
    type_id = fields.Many2one(
        "kam.visit.type",
        required=True,
        default=lambda self: self.env["kam.visit.type"].search([], limit=1),
    )
    method = fields.Selection(METHODS, required=True, default="face")
    duration = fields.Float(default=0.5, required=True)
    start = fields.Datetime(
        compute="_compute_start",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
    )
    main_points = fields.Text(required=True)
    attitude = fields.Selection(ATTITUDES, default="neutral")
    next_step = fields.Char()
    next_step_date = fields.Date(
        string="Next Step by",
        default=lambda self: fields.Date.add(self.env.company._kam_today(), days=7),
    )

    @api.depends("account_id")
    def _compute_contact_ids(self):
        """The people met last time."""
        for record in self:
            last = self.env["kam.visit"].search(
                [
                    ("account_id", "=", record.account_id.id),
                    ("contact_ids", "!=", False),
                    ("state", "=", "done"),
                ],
                limit=1,
            )
            own = record.contact_ids.filtered(
                lambda c, r=record: c.commercial_partner_id == r.partner_id
            )
            record.contact_ids = own or last.contact_ids

    def _get_prefill(self):
        """The visit has just ended."""
        now = fields.Datetime.now().replace(second=0, microsecond=0)
        hours = max(0, min(self.duration, LONGEST))  # others are refused when saved
        return {"start": now - timedelta(hours=hours)}

    @api.depends("prefill")
    def _compute_start(self):
        self._fill_in("start")

    def action_save(self):
        """Keep the visit as one that took place, and show it.

        What was planned for that day is the visit that took place.
        """
        self.ensure_one()
        values = {
            "contact_ids": [Command.set(self.contact_ids.ids)],
            "type_id": self.type_id.id,
            "method": self.method,
            "start": self.start,
            "duration": self.duration,
            "main_points": self.main_points,
            "attitude": self.attitude,
            "next_step": self.next_step,
            "next_step_date": self.next_step and self.next_step_date,
            "state": "done",
        }
        visit = self._find_planned()
        if visit:
            visit.write(values)
        else:
            purpose = self.type_id.purpose or self.type_id.name
            visit = visit.create(
                {**values, "account_id": self.account_id.id, "purpose": purpose}
            )
        return visit._action_open()

    def _find_planned(self):
        """The nearest of the user's visits to the customer planned for that day."""
        company = self.account_id.company_id
        day = company._kam_local_date(self.start)
        visits = self.env["kam.visit"].search(
            [
                ("account_id", "=", self.account_id.id),
                ("state", "=", "planned"),
                ("user_ids", "in", self.env.user.ids),
                ("start", ">=", company._kam_midnight(day)),
                ("start", "<", company._kam_midnight(day + timedelta(days=1))),
            ]
        )
        return visits.sorted(lambda v: abs(v.start - self.start))[:1]
