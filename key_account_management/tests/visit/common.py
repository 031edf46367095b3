from datetime import timedelta

import pytz

from odoo import Command, fields

from ..common import KamCase


class VisitCase(KamCase):
    """Two customers of amy with contacts, one of them a target, in the region East."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.alpha = cls._customer("Alpha", city="Shanghai", street="1 Bund")
        cls.target = cls._customer("Target")
        cls.wang, cls.li = cls.env["res.partner"].create(
            [
                {
                    "name": "Wang",
                    "parent_id": cls.alpha.id,
                    "kam_level": "executive",
                    "kam_thinking": "analytical",
                },
                {"name": "Li", "parent_id": cls.alpha.id, "kam_level": "front"},
            ]
        )
        cls.zhou = cls.env["res.partner"].create(
            {"name": "Zhou", "parent_id": cls.target.id}
        )
        cls.account, cls.target_account = cls.Account.create(
            [
                {
                    "partner_id": partner.id,
                    "manager_id": cls.users["amy"].id,
                    "team_id": cls.east.id,
                }
                for partner in (cls.alpha, cls.target)
            ]
        )
        cls.account.tier_id = cls.core
        cls.target_account.is_potential = True
        cls.now = fields.Datetime.now().replace(minute=0, second=0, microsecond=0)
        cls.tomorrow = cls.now + timedelta(days=1)
        cls.type = cls.env.ref("key_account_management.kam_visit_type_regular")
        cls.Visit = cls.env["kam.visit"].with_user(cls.users["amy"])

    @classmethod
    def _visit(cls, **values):
        """A visit of amy to Wang of Alpha tomorrow, a draft."""
        return cls.Visit.create(
            {
                "account_id": cls.account.id,
                "type_id": cls.type.id,
                "contact_ids": [Command.set(cls.wang.ids)],
                "start": cls.tomorrow,
                **values,
            }
        )

    @classmethod
    def _planned(cls, **values):
        visit = cls._visit(**values)
        visit.action_plan()
        return visit

    @classmethod
    def _held(cls, days_ago=0, **values):
        """A visit that took place."""
        return cls._visit(
            **{
                "start": cls.now - timedelta(days=days_ago, hours=2),
                "main_points": "All is well",
                "state": "done",
                **values,
            }
        )

    @classmethod
    def _finding(cls, **values):
        """A finding of a planned visit, an opportunity unless said otherwise."""
        visit = cls._planned()
        visit.finding_ids = [
            Command.create({"kind": "opportunity", "name": "New line", **values})
        ]
        return visit.finding_ids


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
