from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tests.common import warmup

from ..common import KamCase

FEW, MANY = 4, 40


@tagged("post_install", "-at_install")
class TestStakeholder(KamCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.alpha, cls.beta = cls._customer("Alpha"), cls._customer("Beta")
        cls._invoices([(cls.alpha, 1500000.0), (cls.beta, 10.0)])
        cls._refresh()
        cls.account = cls._account(cls.alpha)
        cls.account.write({"manager_id": cls.users["amy"].id, "team_id": cls.east.id})
        cls.account._assign_tier(cls.key, {})
        cls.boss = cls._contact("Boss")
        cls.buyer = cls._contact("Buyer", kam_reports_to_id=cls.boss.id)
        cls.stranger = cls._contact("Stranger", cls.beta)

    @classmethod
    def _contact(cls, name, customer=None, **values):
        return cls.env["res.partner"].create(
            {"name": name, "parent_id": (customer or cls.alpha).id, **values}
        )

    def _gaps(self):
        gaps = self.account._stakeholder_gaps()[self.account.id]
        return [f"{gap['code']} {gap['value'] or ''}".strip() for gap in gaps]

    def _meet(self, contact, days=1):
        start = fields.Datetime.now() - timedelta(days=days)
        return self.env["calendar.event"].create(
            {
                "name": "Visit",
                "start": start,
                "stop": start + timedelta(hours=1),
                "partner_ids": [Command.set(contact.ids)],
            }
        )

    # ------------------------------------------------------------
    # Reporting tree
    # ------------------------------------------------------------

    def test_nobody_reports_to_himself(self):
        with self.assertFails(ValidationError, "recursive reporting lines"):
            self.boss.kam_reports_to_id = self.buyer
        with self.assertFails(ValidationError, "recursive reporting lines"):
            self.buyer.kam_reports_to_id = self.buyer
        self.assertEqual(self.buyer.kam_reports_to_id, self.boss)

    def test_nobody_reports_to_another_customer(self):
        with self.assertFails(ValidationError, "do not belong to Alpha: .*Stranger"):
            self.buyer.kam_reports_to_id = self.stranger

    def test_who_leaves_reports_to_nobody_there(self):
        self.boss.parent_id = self.beta
        self.assertFalse(self.buyer.kam_reports_to_id)
        self.boss.parent_id = self.alpha
        self.buyer.kam_reports_to_id = self.boss
        self.buyer.parent_id = self.beta
        self.assertFalse(self.buyer.kam_reports_to_id)

    def test_merged_contacts_do_not_report_to_themselves(self):
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.boss + self.buyer).ids, self.buyer, extra_checks=False
        )
        self.env.invalidate_all()
        self.assertFalse(self.buyer.kam_reports_to_id)

    # ------------------------------------------------------------
    # Gaps
    # ------------------------------------------------------------

    def test_gaps(self):
        self.assertEqual(
            self._gaps(),
            [
                "sponsor",
                "decision_maker",
                "line business",
                "line technical",
                "line management",
                "level executive",
                "level middle",
                "level front",
                "silence",
            ],
        )
        owner = self.users["amy"].id
        self.boss.write(
            {
                "kam_level": "executive",
                "kam_line": "management",
                "kam_decision_role": "decision_maker",
                "kam_support": "sponsor",
                "kam_owner_id": owner,
            }
        )
        self.buyer.write({"kam_level": "middle", "kam_line": "business"})
        self._meet(self.buyer)
        self.assertEqual(
            self._gaps(), ["line business", "line technical", "level front"]
        )
        self.users["amy"].active = False
        self.assertIn("line management", self._gaps())

    def test_placeholder_fills_no_gap(self):
        self.boss.write(
            {
                "kam_is_placeholder": True,
                "kam_level": "executive",
                "kam_decision_role": "decision_maker",
                "kam_support": "sponsor",
            }
        )
        self._meet(self.boss)
        for gap in ("sponsor", "decision_maker", "level executive", "silence"):
            self.assertIn(gap, self._gaps())

    def test_silence(self):
        """Without a cadence, as long as the company has set."""
        self.company.kam_visit_cadence_ids.unlink()
        self._meet(self.buyer, days=92)
        self.assertIn("silence", self._gaps())
        self._meet(self.buyer, days=-2)  # to come
        self.assertIn("silence", self._gaps())
        self._meet(self.buyer, days=88)
        self.assertNotIn("silence", self._gaps())
        self.company.kam_silence_days = 30
        self.assertIn("silence", self._gaps())
        gap = self.account._stakeholder_gaps()[self.account.id][-1]
        self.assertRegex(gap["label"], r"No contact met for 8[789] days")

    def test_silence_follows_the_cadence(self):
        """Of the tier and the level; on the day after the visit was due, not before."""
        cadences = self.company.kam_visit_cadence_ids
        cadences.unlink()
        cadences.create(
            [
                {
                    "company_id": self.company.id,
                    "tier_id": tier and tier.id,
                    "level": level,
                    "interval_number": number,
                    "interval_unit": unit,
                }
                for tier, level, number, unit in (
                    (self.key, "executive", 6, "month"),
                    (self.key, "front", 2, "week"),
                    (self.core, "front", 1, "week"),
                    (False, "front", 3, "week"),
                )
            ]
        )
        self.boss.kam_level = "executive"
        self.buyer.kam_level = False  # as front line
        middle = self._contact("Middle", kam_level="middle")
        today = self.company._kam_today()
        people = self.boss + self.buyer + middle

        def silent(days):
            last = today - timedelta(days=days)
            return self.account._find_silent(people, dict.fromkeys(people.ids, last))

        self.assertFalse(silent(14))
        self.assertEqual(silent(15), self.buyer)
        self.assertEqual(silent(91), self.buyer + middle)
        self.assertEqual(silent(190), people)
        self.assertEqual(self.account._find_silent(people, {}), people)
        self.account.tier_id = self.core
        self.assertEqual(silent(8), self.buyer)
        self.account.tier_id = False
        self.account.is_potential = True
        self.assertFalse(silent(21))
        self.assertEqual(silent(22), self.buyer)
        self.account.is_potential = False  # no cadence: 90 days
        self.assertFalse(silent(90))
        self.buyer.kam_is_placeholder = True
        self.assertNotIn(self.buyer, silent(400))

    def test_visits_count_without_an_invitation(self):
        """On the day that it was where the company is."""
        self.company.resource_calendar_id.tz = "Asia/Shanghai"
        visit = self.env["kam.visit"].create(
            {
                "account_id": self.account.id,
                "contact_ids": [Command.set(self.buyer.ids)],
                "start": "2026-02-28 23:00:00",
                "purpose": "Talk",
                "main_points": "Well",
                "state": "done",
            }
        )
        self.assertNotIn(self.buyer, visit.event_id.partner_ids)
        days = (self.boss + self.buyer)._kam_last_visits()
        self.assertEqual(days, {self.buyer.id: fields.Date.to_date("2026-03-01")})
        self._meet(self.buyer, days=1)
        today = self.company._kam_today()
        self.assertGreater(
            self.buyer._kam_last_visits()[self.buyer.id], today - timedelta(days=3)
        )

    def test_call_done_counts_as_contact(self):
        activity = self.buyer.activity_schedule("mail.mail_activity_data_call")
        self.assertNotIn(self.buyer.id, self.buyer._kam_last_visits())
        activity.action_feedback()
        today = fields.Date.today()
        self.assertEqual(self.buyer._kam_last_visits(), {self.buyer.id: today})
        todo = self.boss.activity_schedule("mail.mail_activity_data_todo")
        todo.action_feedback()
        self.assertNotIn(self.boss.id, self.boss._kam_last_visits())

    def test_ordinary_customers_have_no_gaps(self):
        other = self._account(self.beta)
        self.assertEqual(other.stakeholder_gap_count, 0)
        Account = self.Account
        ours = [("id", "in", (self.account + other).ids)]
        for domain, found in (
            ([("stakeholder_gap_count", ">", 0)], self.account),
            ([("stakeholder_gap_count", "=", 9)], self.account),
            ([("stakeholder_gap_count", "=", 0)], other),
            ([("stakeholder_gap_count", "!=", 0)], self.account),
            ([("stakeholder_gap_count", "<", 20)], self.account + other),
            ([("stakeholder_gap_count", ">", 9)], Account),
        ):
            with self.subTest(domain=domain):
                self.assertEqual(Account.search(ours + domain), found)

    @warmup
    def test_gaps_of_many_accounts(self):
        partners = self._customers(MANY)
        self._invoices([(partner, 100.0) for partner in partners])
        self._refresh()
        accounts = self.Account.search([("partner_id", "in", partners.ids)])
        accounts._assign_tier(self.key, {})
        self.env["res.partner"].create(
            [
                {
                    "name": "Contact",
                    "parent_id": partner.id,
                    "kam_owner_id": self.users["amy"].id,
                    "kam_line": "business",
                }
                for partner in partners
            ]
        )
        counts = []
        for size in (FEW, FEW, MANY):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            some = self.Account.browse(accounts[:size].ids)
            some.mapped("stakeholder_gap_count")
            some.mapped("stakeholder_map")
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[2], counts[1] + 1)

    # ------------------------------------------------------------
    # Map and list
    # ------------------------------------------------------------

    def test_map(self):
        self.buyer.write(
            {"kam_level": "middle", "kam_line": "business", "kam_support": "sceptic"}
        )
        self._meet(self.buyer)
        picture = self.account.with_user(self.users["amy"]).stakeholder_map
        cards = {card["name"]: card for card in picture["people"]}
        self.assertEqual(set(cards), {"Boss", "Buyer"})
        self.assertEqual(cards["Buyer"]["reports_to"], self.boss.id)
        self.assertEqual(cards["Buyer"]["words"]["support"], "Sceptic")
        self.assertFalse(cards["Buyer"]["is_silent"])
        self.assertTrue(cards["Boss"]["is_silent"])
        self.assertEqual(len(picture["gaps"]), 7)
        self.assertEqual(len(picture["lines"]), 3)

    def test_list_on_the_account(self):
        account = self.account.with_user(self.users["amy"])
        self.assertEqual(account.stakeholder_ids, self.boss + self.buyer)
        new = {"name": "Head of finance", "parent_id": self.alpha.id}
        account.web_save(
            {
                "stakeholder_ids": [
                    [0, "virtual_1", {**new, "kam_level": "executive"}],
                    [1, self.boss.id, {"kam_support": "sponsor"}],
                ]
            },
            {},
        )
        self.env.invalidate_all()
        added = self.account.stakeholder_ids - self.boss - self.buyer
        self.assertEqual(added.parent_id, self.alpha)
        self.assertEqual(added.commercial_partner_id, self.alpha)
        self.assertEqual(added.kam_level, "executive")
        self.assertEqual(self.boss.kam_support, "sponsor")
        self.assertEqual(len(self.account.stakeholder_ids), 3)
        self.assertEqual(self.stranger.commercial_partner_id, self.beta)

    def test_auditor_reads_the_map(self):
        account = self.account.with_user(self.users["tom"])
        self.assertEqual(len(account.stakeholder_map["people"]), 2)
        with self.assertRaises(AccessError):
            self.boss.with_user(self.users["tom"]).kam_support = "sponsor"
        with self.assertRaises(AccessError):
            self.boss.with_user(self.users["joe"]).read(["kam_support"])

    # ------------------------------------------------------------
    # Thinking preference
    # ------------------------------------------------------------

    def _quiz(self):
        quizzes = self.env["kam.thinking.quiz"].with_user(self.users["amy"])
        return Form(quizzes.with_context(default_partner_id=self.buyer.id))

    def test_quiz_suggests_and_sets(self):
        form = self._quiz()
        form.opening = "analytical"
        form.paper = "analytical"
        form.praise = "social"
        self.assertEqual(form.thinking, "analytical")
        self.assertIn("figures", form.advice)
        form.save().action_apply()
        self.assertEqual(self.buyer.kam_thinking, "analytical")
        self.assertIn("figures", self.buyer.kam_thinking_advice)
        self.assertFalse(self.boss.kam_thinking_advice)

    def test_quiz_without_a_clear_answer(self):
        form = self._quiz()
        form.opening = "analytical"
        form.paper = "social"
        self.assertTrue(form.is_mixed)
        self.assertFalse(form.thinking)
        quiz = form.save()
        with self.assertFails(UserError, "no single preference"):
            quiz.action_apply()
        quiz.thinking = "logical"
        quiz.action_apply()
        self.assertEqual(self.buyer.kam_thinking, "logical")

    def test_answers_are_nobody_elses_business(self):
        quiz = self._quiz().save()
        others = quiz.with_user(self.users["ben"])
        self.assertFalse(others.search([]))
        with self.assertRaises(AccessError):
            others.read(["thinking"])

    def test_advice_for_each_preference(self):
        advice = self.env["res.partner"]._kam_thinking_advice()
        thinking = self.env["res.partner"]._fields["kam_thinking"]
        self.assertEqual(list(advice), [key for key, _label in thinking.selection])
        self.assertEqual(len(set(advice.values())), 4)
