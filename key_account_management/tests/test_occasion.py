from datetime import date
from unittest.mock import patch

from freezegun import freeze_time

from odoo.tests import tagged
from odoo.tools.translate import code_translations

from .common_occasion import OccasionCase


@tagged("post_install", "-at_install")
class TestOccasion(OccasionCase):
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
