"""First visits to customers whom a screening has made key accounts (B1)."""

from datetime import timedelta

import pytz

from odoo import models
from odoo.fields import Command

ACTIVITY = "key_account_management.mail_act_visit_plan"
DEVELOPMENT = "key_account_management.kam_visit_type_development"
TIME_OF_DAY = timedelta(hours=10)


class KamScreening(models.Model):
    _inherit = "kam.screening"

    def _plan_first_visits(self):
        """Draft the first visits of the new account managers, and tell them."""
        visits = self.env["kam.visit"].create(
            [screening._first_visit_values() for screening in self]
        )
        for visit in visits:
            if not visit._has_leader():
                visit.user_ids |= visit._leader()
            visit.activity_schedule(
                ACTIVITY,
                date_deadline=visit.company_id._kam_local_date(visit.start),
                summary=visit.purpose,
                user_id=visit.user_id.id,
            )

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
            self.env.ref(DEVELOPMENT, raise_if_not_found=False)
            or self.env["kam.visit.type"]
        )
        # An administrator may have archived it, or kept it for another company
        if development.active and development.company_id <= company:
            values["type_id"] = development.id
        return values


class KamVisit(models.Model):
    _inherit = "kam.visit"

    def _after_change(self, fnames, changed):
        """The reminder to plan a visit has served its purpose."""
        result = super()._after_change(fnames, changed)
        settled = changed.filtered(lambda v: v.state != "draft").sudo()
        if settled:
            settled.activity_feedback([ACTIVITY])
        return result
