from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..common import KamCase

NOSY = ("zoe", "max", "dora", "eve", "tom", "joe")
QUIET = ("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")


@tagged("post_install", "-at_install")
class TestBirthday(KamCase):
    """Birthdays are personal: for those who may read the profile of the contact."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.alpha = cls._customer("Alpha")
        cls._invoice(cls.alpha, 100.0)
        cls._refresh()
        cls.account = cls._account(cls.alpha)
        cls.account.write(
            {
                "manager_id": cls.users["amy"].id,
                "team_id": cls.east.id,
                "member_ids": [Command.create({"user_id": cls.users["ben"].id})],
            }
        )
        cls.users["zoe"] = new_test_user(
            cls.env,
            login="zoe",
            groups="base.group_user,key_account_management.group_kam_user",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.birthday, cls.fair = cls.env["kam.occasion"].create(
            [
                {
                    "account_id": cls.account.id,
                    "name": name,
                    "kind": kind,
                    "date": cls.today,
                    "is_yearly": True,
                }
                for name, kind in (("Fiftieth of Li", "birthday"), ("Fair", "opening"))
            ]
        )

    @mute_logger(*QUIET)
    def test_who_reads(self):
        for occasion in self.birthday | self.fair:
            occasion._close_turn("done")
        for login in ("amy", "ben", "sue", "sam", *NOSY):
            for records in (self.birthday, self.birthday.turn_ids):
                own = records.with_user(self.users[login])
                with self.subTest(login=login, model=records._name):
                    allowed = login not in NOSY
                    self.assertEqual(own.has_access("read"), allowed)
                    if own.browse().has_access("read"):
                        self.assertEqual(records in own.search([]), allowed)
        for login in ("max", "dora", "eve", "tom"):
            for records in (self.fair, self.fair.turn_ids):
                self.assertTrue(records.with_user(self.users[login]).has_access("read"))

    def test_manager_who_is_on_the_team(self):
        self.account.member_ids = [Command.create({"user_id": self.users["max"].id})]
        self.assertTrue(self.birthday.with_user(self.users["max"]).has_access("write"))

    def test_change_of_kind_carries_nothing_out(self):
        for login in ("amy", "sue"):
            with self.assertFails(UserError, "Archive it and create another one"):
                self.birthday.with_user(self.users[login]).kind = "other"
        with self.assertFails(UserError, "cannot become another kind"):
            self.birthday.kind = "honour"
        self.birthday.with_user(self.users["amy"]).write({"kind": "birthday"})
        # Nor does anybody write into what is beyond the own reach
        with self.assertRaises(AccessError):
            self.fair.with_user(self.users["max"]).kind = "birthday"

    def test_who_is_told(self):
        """Neither a responsible who may not read it, nor anybody above."""
        self.birthday.user_id = self.users["zoe"]
        self.fair.user_id = self.users["zoe"]
        self.env["kam.occasion"]._cron_remind()
        told = self.birthday.activity_ids.user_id
        self.assertEqual(told, self.users["sue"])
        self.assertEqual(self.fair.activity_ids.user_id, told | self.users["zoe"])
        for login in NOSY:
            activities = self.env["mail.activity"].with_user(self.users[login])
            self.assertFalse(activities.search([("summary", "ilike", "Fiftieth")]))

    def test_counts_on_the_account(self):
        account = self.account.with_user(self.users["max"])
        self.assertEqual(account.occasion_count, 1)
        self.assertEqual(account.occasion_ids, self.fair)
