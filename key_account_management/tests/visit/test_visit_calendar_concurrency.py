import threading
from datetime import timedelta

from odoo import Command, fields
from odoo.service.model import retrying
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import RaceCase

RESPONSIBLE = "kam_race_amy"
OUTSIDER = "kam_race_joe"
LATER = timedelta(hours=3)


@tagged("post_install", "-at_install")
class TestVisitCalendarConcurrency(RaceCase):
    """A visit is moved in the calendar by its responsible and by somebody else.

    Two real transactions; what they work on is committed, and removed in the end.
    """

    @classmethod
    def _create_records(cls, env):
        company = env.ref("base.main_company")
        groups = {
            RESPONSIBLE: "key_account_management.group_kam_user",
            OUTSIDER: "base.group_user",
        }
        users = env["res.users"].create(
            [
                {
                    "name": login,
                    "login": login,
                    "company_id": company.id,
                    "company_ids": [Command.set(company.ids)],
                    "group_ids": [Command.set(env.ref(group).ids)],
                }
                for login, group in groups.items()
            ]
        )
        cls.uids = dict(zip(groups, users.ids, strict=True))
        partner = env["res.partner"].create({"name": "Race day", "is_company": True})
        account = env["kam.account"].create(
            {
                "partner_id": partner.id,
                "company_id": company.id,
                "manager_id": cls.uids[RESPONSIBLE],
            }
        )
        cls.start = fields.Datetime.now().replace(microsecond=0) + timedelta(days=2)
        visit = (
            env["kam.visit"]
            .with_user(cls.uids[RESPONSIBLE])
            .create(
                {
                    "account_id": account.id,
                    "purpose": "To race",
                    "start": cls.start,
                    "duration": 1.0,
                    "state": "planned",
                }
            )
        )
        cls.visit_id, cls.event_id = visit.id, visit.event_id.id

    @classmethod
    def _clean_up(cls):
        with cls._transaction() as env:
            users = env["res.users"].search([("login", "in", (RESPONSIBLE, OUTSIDER))])
            env["mail.message"].search(
                [("partner_ids", "in", users.partner_id.ids)]
            ).unlink()
            env["kam.visit"].browse(cls.visit_id).unlink()
            partner = env["res.partner"].search([("name", "=", "Race day")])
            env["kam.account"].search([("partner_id", "in", partner.ids)]).unlink()
            partner.unlink()
            partners = users.partner_id
            users.unlink()
            partners.unlink()

    def _move(self, env, hours):
        event = env["calendar.event"].browse(self.event_id)
        start = self.start + timedelta(hours=hours)
        event.write({"start": start, "stop": start + timedelta(hours=1)})

    def _check(self, hours, told):
        start = self.start + timedelta(hours=hours)
        with self._transaction() as env:
            visit = env["kam.visit"].browse(self.visit_id)
            self.assertEqual(visit.start, start)
            self.assertEqual(visit.event_id.start, start)
            messages = env["mail.message"].search_count(
                [
                    ("partner_ids", "in", visit.user_id.partner_id.ids),
                    ("subject", "=", "Change in the calendar undone"),
                ]
            )
            self.assertEqual(messages, told)

    def test_at_the_same_time(self):
        told = 0
        for hours, first, second in (
            (1, RESPONSIBLE, OUTSIDER),
            (2, OUTSIDER, RESPONSIBLE),
        ):
            # Both have looked at the event when the first one writes
            with (
                self._transaction(self.uids[first]) as env,
                self._transaction(self.uids[second]) as other,
            ):
                moved = {RESPONSIBLE: hours, OUTSIDER: 20}
                for each in (env, other):
                    each["calendar.event"].browse(self.event_id).read(["start"])
                self._move(env, moved[first])
                env.cr.commit()
                self._move(other, moved[second])
            told += 1
            self._check(hours, told)

        barrier = threading.Barrier(2)
        errors = []

        def move(login, hours):
            with self._transaction(self.uids[login]) as env:
                env["calendar.event"].browse(self.event_id).read(["start"])
                barrier.wait(timeout=20)
                try:
                    retrying(lambda: self._move(env, hours), env)
                    env.cr.commit()
                except Exception as error:  # noqa: BLE001
                    env.cr.rollback()
                    errors.append(error)

        threads = [
            threading.Thread(target=move, args=args)
            for args in ((RESPONSIBLE, 3), (OUTSIDER, 20))
        ]
        with mute_logger("odoo.sql_db", "odoo.service.model"):
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(60)
        self.assertFalse(errors)
        self._check(3, told + 1)
