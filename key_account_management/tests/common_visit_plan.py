from datetime import timedelta

import pytz

from odoo import Command

from .common_visit import VisitCase

# Monday, the week before clocks change in New York (2026-11-01)
MONDAY = "2026-10-19 00:30:00"


class VisitPlanCase(VisitCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partners = cls._customers(12)
        cls.accounts = cls.Account.create(
            [
                {"partner_id": partner.id, "manager_id": cls.users["ben"].id}
                for partner in cls.partners
            ]
        )
        cls.accounts.tier_id = cls.key
        cls.accounts.tier_date = "2026-01-01"
        # Four working days a week would do as well: Monday to Friday, 8–12, 13–17
        cls.calendar = cls.company.resource_calendar_id
        cls.users["ben"].tz = "Asia/Shanghai"

    def _plan(self, login="ben", **values):
        user = self.users[login]
        return (
            self.env["kam.visit.plan"]
            .with_user(user)
            .with_context(tz=user.tz)
            .create(
                {
                    "date_from": "2026-10-20",
                    "date_to": "2026-11-13",
                    "company_id": self.company.id,
                    "type_id": self.type.id,
                    "hour_from": 0,
                    "per_day": 2,
                    "per_week": 7,
                    **values,
                }
            )
        )

    def _local(self, moment, zone="Asia/Shanghai"):
        return pytz.utc.localize(moment).astimezone(pytz.timezone(zone))

    def _busy(self, login, local, hours, zone):
        start = zone.localize(local).astimezone(pytz.utc).replace(tzinfo=None)
        return self.env["calendar.event"].create(
            {
                "name": "Training",
                "start": start,
                "stop": start + timedelta(hours=hours),
                "partner_ids": [Command.set(self.users[login].partner_id.ids)],
            }
        )
