"""Development record and first visits of a candidate (B1, B7)."""

from datetime import timedelta

import pytz

from odoo import api, fields, models
from odoo.fields import Command, Domain

from .kam_visit import PLAN_ACTIVITY

DEVELOPMENT_TYPE = "key_account_management.kam_visit_type_development"
TIME_OF_DAY = timedelta(hours=10)


class KamScreening(models.Model):
    _inherit = "kam.screening"

    contact_count = fields.Integer(
        string="Contacts to Date", compute="_compute_contact_count", aggregator=None
    )
    contact_hours = fields.Float(
        string="Contact Time", compute="_compute_contact_count", aggregator=None
    )

    # ------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------

    @api.depends(
        "account_id.development_contact_ids.duration",
        "account_id.visit_ids.state",
        "contact_ids.duration",
    )
    @api.depends_context("uid")
    def _compute_contact_count(self):
        """Of all screenings at once, as far as the user may see the record."""
        Record = self.env["kam.development.record"]
        totals = {}
        for fname, domain in (
            ("account_id", Domain("account_id", "in", self.account_id.ids)),
            (
                "screening_id",
                Domain("account_id", "=", False)
                & Domain("screening_id", "in", self.ids),
            ),
        ):
            for owner, *total in Record._read_group(
                domain, [fname], ["__count", "duration:sum"]
            ):
                totals[owner] = total
        for screening in self:
            owner = screening.account_id or screening._origin
            screening.contact_count, screening.contact_hours = totals.get(
                owner, (0, 0.0)
            )

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_view_contacts(self):
        """Open the development record."""
        return self.env["ir.actions.actions"]._kam_records(
            "kam_development_record_action",
            self._development_domain(),
            {"default_screening_id": self.id}
            if self.result == "open"
            else {"default_account_id": self.account_id.id},
        )

    # ------------------------------------------------------------
    # Business
    # ------------------------------------------------------------

    def _development_domain(self):
        """What is in the development record of the candidate."""
        self.ensure_one()
        if self.account_id:
            return [("account_id", "=", self.account_id.id)]
        return [("account_id", "=", False), ("screening_id", "=", self.id)]

    def _development_records(self):
        """What was done to win the candidate, in order of time."""
        return self.env["kam.development.record"].search(
            self._development_domain(), order="date, id"
        )

    def _plan_first_visits(self):
        """Draft the first visits of the new account managers, and tell them."""
        result = super()._plan_first_visits()
        visits = self.env["kam.visit"].create(
            [screening._first_visit_values() for screening in self]
        )
        for visit in visits:
            if not visit._has_leader():
                visit.user_ids |= visit._find_leader_above()
            visit.activity_schedule(
                PLAN_ACTIVITY,
                date_deadline=visit.company_id._kam_local_date(visit.start),
                summary=visit.purpose,
                user_id=visit.user_id.id,
            )
        return result

    def _first_visit_day(self):
        """The last day on which the company works, within the days that it set."""
        company = self.company_id
        today = company._kam_today()
        day = today + timedelta(days=company.kam_first_visit_days)
        calendar = company.resource_calendar_id
        evening = pytz.utc.localize(company._kam_midnight(day + timedelta(days=1)))
        start = calendar and calendar.plan_days(-1, evening, compute_leaves=True)
        if not start:  # no working time, or no calendar
            return day
        worked = start.astimezone(company._kam_timezone()).date()
        return worked if worked > today else day

    def _first_visit_values(self):
        """A visit to the people whom the screening knows; the time is a proposal."""
        self.ensure_one()
        company = self.company_id
        day = self._first_visit_day()
        known = self.lead_id.partner_id | self.decision_maker_ids
        contacts = known.filtered(
            lambda c: c.commercial_partner_id == self.partner_id != c
        )
        values = {
            "account_id": self.account_id.id,
            "user_id": self.manager_id.id,
            "purpose": self.with_context(lang=self.manager_id.lang).env._(
                "First visit"
            ),
            "start": company._kam_midnight(day) + TIME_OF_DAY,
            "contact_ids": [Command.set(contacts.ids)],
        }
        development = (
            self.env.ref(DEVELOPMENT_TYPE, raise_if_not_found=False)
            or self.env["kam.visit.type"]
        )
        # An administrator may have archived it, or kept it for another company
        if development.active and development.company_id <= company:
            values["type_id"] = development.id
        return values
