from datetime import date
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tests.common import warmup
from odoo.tools import mute_logger
from odoo.tools.translate import code_translations

from ...models.relationship.kam_occasion import OCCASION_ACTIVITY
from ..common import BATCHES, KamCase

FEW, MANY = 4, 40


@tagged("post_install", "-at_install")
class TestOccasion(KamCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.alpha = cls._customer("Alpha")
        cls._invoice(cls.alpha, 100.0)
        cls._refresh()
        cls.account = cls._account(cls.alpha)
        cls.account.write({"manager_id": cls.users["amy"].id, "team_id": cls.east.id})
        cls.Occasion = cls.env["kam.occasion"]

    def _occasion(self, day, yearly=False, **values):
        return self.Occasion.create(
            {
                "name": "Foundation",
                "account_id": self.account.id,
                "date": day,
                "is_yearly": yearly,
                **values,
            }
        )

    def _remind(self):
        self.Occasion._cron_remind()

    def _asked(self, occasion):
        return occasion.activity_ids.user_id.sorted("login").mapped("login")

    # ------------------------------------------------------------
    # Dates
    # ------------------------------------------------------------

    @freeze_time("2026-06-10 12:00:00")
    def test_next_date(self):
        for day, yearly, found in (
            ("2001-06-10", True, date(2026, 6, 10)),
            ("2001-06-09", True, date(2027, 6, 9)),
            ("2001-06-11", True, date(2026, 6, 11)),
            ("2028-01-01", True, date(2028, 1, 1)),
            ("2026-06-01", False, date(2026, 6, 1)),
            ("2000-02-29", True, date(2027, 2, 28)),
        ):
            with self.subTest(day=day, yearly=yearly):
                self.assertEqual(self._occasion(day, yearly).next_date, found)

    def test_one_occasion_does_not_stop_the_others(self):
        today = self.company._kam_today()
        occasion, broken = self._occasion(today), self._occasion(today)
        notify = self.registry["kam.occasion"]._notify_people

        def fail_once(occasions):
            if broken in occasions:
                raise ValueError("Nobody there")
            notify(occasions)

        self.patch(self.registry["kam.occasion"], "_notify_people", fail_once)
        with mute_logger(BATCHES):
            self._remind()
        self.assertEqual(occasion.state, "informed")
        self.assertEqual(broken.state, "coming")

    def test_leap_day_over_the_years(self):
        with freeze_time("2026-12-01"):
            occasion = self._occasion("2000-02-29", True, response="letter")
        days = []
        for today in ("2027-02-20", "2028-02-20", "2029-02-20"):
            with freeze_time(today):
                days.append(occasion.next_date)
                self._remind()
                occasion.response = "letter"
                occasion.action_respond()
                occasion.action_done()
        self.assertEqual(
            days, [date(2027, 2, 28), date(2028, 2, 29), date(2029, 2, 28)]
        )
        self.assertEqual(occasion.turn_ids.sorted("date").mapped("date"), days)

    @freeze_time("2026-06-10")
    def test_notice(self):
        occasion = self._occasion("2026-07-01", notice_days=20)
        self.assertEqual(occasion.notice_date, date(2026, 6, 11))
        occasion.notice_days = 30
        self.assertEqual(occasion.notice_date, date(2026, 6, 1))

    # ------------------------------------------------------------
    # Turns
    # ------------------------------------------------------------

    def test_responsible_and_superior_are_told_once(self):
        with freeze_time("2026-06-10"):
            occasion = self._occasion("2026-07-01")
            self.assertEqual(occasion.user_id, self.users["amy"])
            self._remind()
            self.assertEqual(occasion.state, "coming")
            self.assertFalse(occasion.activity_ids)
        for today in ("2026-06-17", "2026-06-18"):
            with freeze_time(today):
                self._remind()
                self.assertEqual(occasion.state, "informed")
                self.assertEqual(occasion.superior_id, self.users["sue"])
                self.assertEqual(self._asked(occasion), ["amy", "sue"])
        deadlines = set(occasion.activity_ids.mapped("date_deadline"))
        self.assertEqual(deadlines, {date(2026, 7, 1)})

    @freeze_time("2026-06-20")
    def test_superior_is_never_the_responsible(self):
        occasion = self._occasion("2026-07-01", user_id=self.users["sue"].id)
        self._remind()
        self.assertEqual(occasion.superior_id, self.users["sam"])
        top = self._occasion("2026-07-01", user_id=self.users["sam"].id)
        self.east.user_id = False
        self._remind()
        self.assertFalse(top.superior_id)
        self.assertEqual(self._asked(top), ["sam"])
        self.assertEqual(top.state, "informed")

    def test_yearly_occasion_begins_anew(self):
        with freeze_time("2026-06-25"):
            occasion = self._occasion("2006-07-01", True)
            self._remind()
            occasion = occasion.with_user(self.users["amy"])
            occasion.write({"response": "gift", "response_note": "Vase", "cost": 80})
            occasion.action_respond()
            self.assertEqual(occasion.state, "responded")
            occasion.action_done()
            self.assertEqual(occasion.state, "coming")
            self.assertEqual(occasion.next_date, date(2027, 7, 1))
            self.assertFalse(occasion.response or occasion.cost or occasion.superior_id)
            self.assertFalse(occasion.activity_ids)
            turn = occasion.turn_ids
            self.assertEqual(turn.mapped("response"), ["gift"])
            self.assertEqual((turn.date, turn.cost), (date(2026, 7, 1), 80))
        with freeze_time("2027-06-25"):
            self._remind()
            self.assertEqual(occasion.state, "informed")
            self.assertEqual(self._asked(occasion), ["amy", "sue"])

    def test_single_occasion_ends(self):
        with freeze_time("2026-06-25"):
            occasion = self._occasion("2026-07-01", response="letter")
            occasion.action_respond()
            occasion.action_done()
            self._remind()
        self.assertEqual(occasion.state, "done")
        self.assertEqual(occasion.next_date, date(2026, 7, 1))

    def test_unanswered_occasion_passes(self):
        with freeze_time("2026-06-25"):
            single = self._occasion("2026-07-01")
            yearly = self._occasion("2006-07-01", True)
            answered = self._occasion("2026-07-01", response="visit")
            answered.action_respond()
            self._remind()
        with freeze_time("2026-07-08"):
            self._remind()
            self.assertEqual(single.state, "informed")
        with freeze_time("2026-07-09"):
            self._remind()
        self.assertEqual((single.state, yearly.state), ("passed", "coming"))
        self.assertEqual(answered.state, "done")
        self.assertEqual(yearly.next_date, date(2027, 7, 1))
        self.assertEqual(yearly.turn_ids.state, "passed")
        self.assertFalse((single + yearly + answered).activity_ids)

    @freeze_time("2026-06-25")
    def test_moved_occasion_is_told_again(self):
        occasion = self._occasion("2026-07-01")
        self._remind()
        occasion.date = "2026-10-01"
        self.assertEqual(occasion.state, "coming")
        self.assertFalse(occasion.activity_ids)

    # ------------------------------------------------------------
    # Who is told
    # ------------------------------------------------------------

    @freeze_time("2026-06-01")
    def test_early_response_reaches_the_superior(self):
        occasion = self._occasion("2026-07-01", response="gift")
        occasion.with_user(self.users["amy"]).action_respond()
        self.assertEqual(occasion.superior_id, self.users["sue"])
        self.assertEqual(self._asked(occasion), ["sue"])
        self.assertEqual(
            occasion.activity_ids.summary, "For your information: Foundation"
        )
        with freeze_time("2026-06-25"):
            self._remind()
        self.assertEqual(self._asked(occasion), ["sue"])
        self.assertEqual(occasion.state, "responded")

    @freeze_time("2026-06-20")
    def test_those_who_left_are_not_asked(self):
        self.users["sue"].active = False
        occasion = self._occasion("2026-07-01")
        self._remind()
        self.assertEqual(occasion.superior_id, self.users["sam"])
        self.users["amy"].active = False
        orphan = self._occasion("2026-07-01")
        self._remind()
        self.assertEqual(self._asked(orphan), ["sam"])
        self.assertEqual(orphan.activity_ids.summary, "Choose a response: Foundation")

    @freeze_time("2026-06-20")
    def test_everybody_is_told_in_his_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.users["sue"].lang = "zh_CN"
        occasion = self._occasion("2026-07-01")
        with patch.object(code_translations, "get_python_translations") as translations:
            translations.side_effect = lambda module, lang: (
                {"For your information: %s": "供您知悉：%s"} if lang == "zh_CN" else {}
            )
            self._remind()
        self.assertEqual(
            set(occasion.activity_ids.mapped("summary")),
            {"Choose a response: Foundation", "供您知悉：Foundation"},
        )

    @freeze_time("2026-06-20")
    def test_new_responsible_is_asked(self):
        occasions = self._occasion("2026-07-01") + self._occasion("2026-07-02")
        self._remind()
        occasions.user_id = self.users["ben"]
        for occasion in occasions:
            self.assertEqual(self._asked(occasion), ["ben", "sue"])

    def test_time_zone_of_the_company(self):
        """In Shanghai it is the next day already."""
        self.company.resource_calendar_id.tz = "Asia/Shanghai"
        with freeze_time("2026-06-16 15:00:00"):
            occasion = self._occasion("2026-07-01")
            self._remind()
            self.assertEqual(occasion.state, "coming")
        with freeze_time("2026-06-16 17:00:00"):
            self._remind()
            self.assertEqual(occasion.state, "informed")
            yearly = self._occasion("2001-06-16", True)
            self.assertEqual(yearly.next_date, date(2027, 6, 16))

    # ------------------------------------------------------------
    # Begun again
    # ------------------------------------------------------------

    def test_archived_occasion_comes_back(self):
        with freeze_time("2026-06-25"):
            occasion = self._occasion("2006-07-01", True)
            self._remind()
            occasion.active = False
        with freeze_time("2027-08-01"):
            self._remind()
            occasion.active = True
            self._remind()
            self.assertEqual(occasion.next_date, date(2028, 7, 1))
            self.assertEqual(occasion.state, "coming")
            self.assertFalse(occasion.turn_ids, "nobody missed a turn")

    @freeze_time("2026-06-25")
    def test_reopened_occasion_has_one_turn(self):
        occasion = self._occasion("2026-07-01", response="letter")
        occasion.action_respond()
        occasion.action_done()
        self.assertEqual(occasion.last_date, date(2026, 7, 1))
        occasion.with_user(self.users["amy"]).action_reopen()
        self.assertFalse(occasion.turn_ids or occasion.last_date)
        occasion.action_respond()
        occasion.action_done()
        self.assertEqual(len(occasion.turn_ids), 1)

    @freeze_time("2026-06-25")
    def test_single_occasion_becomes_yearly(self):
        occasion = self._occasion("2026-07-01", response="letter")
        occasion.action_respond()
        occasion.action_done()
        occasion.is_yearly = True
        self.assertEqual(occasion.next_date, date(2027, 7, 1))
        self.assertEqual(occasion.state, "coming")

    @freeze_time("2026-06-25")
    def test_same_day_again_changes_nothing(self):
        occasion = self._occasion("2026-07-01")
        self._remind()
        occasion.write({"date": "2026-07-01", "is_yearly": False})
        self.assertEqual(occasion.state, "informed")
        self.assertTrue(occasion.activity_ids)

    # ------------------------------------------------------------
    # Account
    # ------------------------------------------------------------

    @freeze_time("2026-06-25")
    def test_open_occasions_of_an_account(self):
        done = self._occasion("2026-07-01", response="letter")
        self._occasion("2026-08-01")
        for login, count in (("amy", 2), ("sue", 2), ("tom", 2)):
            account = self.account.with_user(self.users[login])
            self.assertEqual(account.occasion_count, count, login)
        done.action_respond()
        done.action_done()
        self.assertEqual(self.account.occasion_count, 1)
        action = self.account.action_view_occasions()
        self.assertEqual(self.Occasion.search_count(action["domain"]), 2)
        self.assertEqual(action["context"]["default_account_id"], self.account.id)

    def test_growth_on_accounts(self):
        accounts = self.Account.create(
            [{"partner_id": partner.id} for partner in self._customers(MANY)]
        )
        for account in accounts:
            self._occasion("2026-07-01", account_id=account.id)

        def look(size):
            accounts[:size].mapped("occasion_count")

        look(FEW)
        self.assertLessEqual(self._count(look, MANY), self._count(look, FEW))

    # ------------------------------------------------------------
    # Bad input, access, growth
    # ------------------------------------------------------------

    @freeze_time("2026-06-25")
    def test_what_the_system_fills_in_is_not_entered(self):
        occasion = self._occasion("2026-07-01").with_user(self.users["amy"])
        for vals in (
            {"state": "done"},
            {"superior_id": self.users["sue"].id},
            {"last_date": "2026-07-01"},
            {"next_date": "2026-07-02"},
        ):
            with self.assertFails(AccessError, "cannot be entered"):
                occasion.write(vals)
        with self.assertFails(AccessError, "cannot be entered"):
            self.Occasion.with_user(self.users["amy"]).create(
                {
                    "name": "Honour",
                    "account_id": self.account.id,
                    "date": "2026-07-01",
                    "state": "done",
                }
            )
        for login in ("ben", "tom"):
            with self.assertRaises(AccessError):
                occasion.with_user(self.users[login]).action_respond()

    @freeze_time("2026-06-25")
    def test_occasion_stays_with_its_customer(self):
        other = self.Account.create({"partner_id": self._customer("Beta").id})
        occasion = self._occasion("2026-07-01")
        with self.assertFails(UserError, "customer of an occasion cannot"):
            occasion.account_id = other
        occasion.write({"account_id": self.account.id, "name": "Jubilee"})
        self.assertEqual(occasion.name, "Jubilee")

    def test_type_of_activity_is_kept(self):
        with self.assertRaises(UserError):
            self.env.ref(OCCASION_ACTIVITY).unlink()

    @freeze_time("2026-06-25")
    def test_bad_input(self):
        occasion = self._occasion("2026-07-01")
        with self.assertFails(UserError, "Choose a response for “Foundation”"):
            occasion.action_respond()
        with self.assertFails(UserError, "before closing it"):
            occasion.action_done()
        with self.assertFails(UserError, "is open"):
            occasion.action_reopen()
        stranger = self._customer("Beta")
        with self.assertFails(ValidationError, "do not belong to Alpha: Beta"):
            occasion.partner_id = stranger
        self.assertEqual(occasion.state, "coming")

    def test_bounds(self):
        """Beyond them, computers cannot reckon."""
        for vals in (
            {"notice_days": 366},
            {"notice_days": -1},
            {"notice_days": 800000},
            {"date": "0001-01-01"},
            {"date": "9999-12-31", "is_yearly": True},
            {"date": "1899-12-31"},
        ):
            with self.subTest(vals=vals):
                with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
                    with self.env.cr.savepoint():
                        self._occasion("2026-07-01", **vals)
                occasion = self._occasion("2026-07-01")
                with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
                    with self.env.cr.savepoint():
                        occasion.write(vals)
                        self.env.flush_all()
                form = Form(self.Occasion)
                for fname, value in vals.items():
                    form[fname] = value

    @freeze_time("2026-06-25")
    def test_no_response_to_what_is_over(self):
        over = self._occasion("2026-05-01", response="letter")
        self._remind()
        with self.assertFails(UserError, "is over"):
            over.action_respond()
        over.action_reopen()
        over.action_respond()
        with self.assertFails(UserError, "already has a response"):
            over.action_respond()

    def test_who_sees_occasions(self):
        occasion = self._occasion("2026-07-01")
        for login, seen in (
            ("amy", True),
            ("ben", False),
            ("sue", True),
            ("sam", True),
            ("max", True),
            ("tom", True),
        ):
            found = self.Occasion.with_user(self.users[login]).search([])
            self.assertEqual(bool(found & occasion), seen, login)

    def test_other_companies_see_no_occasions(self):
        other = self._create_company("Oak Test")
        occasion = self._occasion("2020-07-01")
        self._remind()
        self.assertTrue(occasion.turn_ids)
        eve = self.users["eve"]
        eve.write({"company_ids": [Command.set(other.ids)], "company_id": other.id})
        env = self.env(user=eve, context={"allowed_company_ids": other.ids})
        for model in ("kam.occasion", "kam.occasion.turn"):
            self.assertFalse(env[model].search([]), model)

    @freeze_time("2026-06-25")
    def test_form(self):
        form = Form(self.Occasion.with_user(self.users["amy"]))
        form.name = "Move"
        form.account_id = self.account
        form.date = "2026-08-01"
        occasion = form.save()
        self.assertEqual(occasion.user_id, self.users["amy"])

    @warmup
    def test_reminders_of_many(self):
        counts = []
        with freeze_time("2026-06-25"):
            for size in (FEW, FEW, MANY):
                self.Occasion.search([]).unlink()
                for i in range(size):
                    self._occasion("2026-07-01", name=str(i))
                counts.append(self._count(self._remind))
        self.assertLessEqual(counts[2], counts[1] + 3)
        occasions = self.Occasion.search([])
        self.assertEqual(len(occasions.activity_ids), 2 * MANY)
        types = occasions.activity_ids.activity_type_id
        self.assertEqual(types, self.env.ref(OCCASION_ACTIVITY))
