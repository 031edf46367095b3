from datetime import timedelta

from odoo import Command, fields

from .common import KamCase


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
