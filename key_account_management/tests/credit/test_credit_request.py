from contextlib import contextmanager
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from .common import CreditCase


@tagged("post_install", "-at_install")
class TestCreditRequest(CreditCase):
    """Change of a credit grade: who decides, and what takes effect when."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls._graded("Alpha", cls.red, 1000)
        cls.partner = cls.account.partner_id
        cls.term = cls.env.ref("account.account_payment_term_30days").copy(
            {"company_id": cls.company.id}
        )

    def _submitted(self, login="sue", **values):
        values = {"grade_to_id": self.green.id, "limit_to": 5000, **values}
        request = self._request(self.account, login, **values)
        request.action_submit()
        return request

    @contextmanager
    def _at(self, moment):
        """Freeze the clocks of Python and of the transaction."""
        with (
            freeze_time(moment),
            patch.object(self.env.cr, "now", fields.Datetime.now),
        ):
            yield

    def _steps(self, request):
        rows = request.sudo().approval_ids
        rows = rows.filtered(lambda row: row.round == request.approval_round)
        return rows.mapped("name")

    def _proposed(self):
        """Request of the refresh."""
        self.account._assign_tier(self.key, {})
        self._owe(self.partner, 1500000, 20, (0, 1500000))
        self._refresh()
        return self.Request.search([("account_id", "=", self.account.id)])

    def _measure(self):
        """Refresh without the request that it proposes."""
        self._refresh()
        self.account.credit_request_ids._withdraw_undecided()
        self.env.flush_all()

    # ------------------------------------------------------------
    # Way
    # ------------------------------------------------------------

    def test_by_hand(self):
        request = self._submitted()
        self.assertEqual(request.origin, "manual")
        self.assertEqual(
            self._steps(request), ["Greater region verifies", "Head office approves"]
        )
        for login in ("sue", "max", "dora"):
            with self.assertFails(AccessError, "not allowed to decide"):
                self._as(login, request).action_approve()
        self._approve(request, "sam", "max")
        self.assertEqual(request.approval_state, "approved")

    def test_by_rule(self):
        request = self._proposed()
        self.assertEqual(
            self._steps(request),
            ["Region applies", "Greater region verifies", "Head office approves"],
        )
        self.assertEqual(
            self.env["mail.activity"]
            .search([("res_model", "=", request._name), ("res_id", "=", request.id)])
            .user_id,
            self.users["sue"],
        )
        self._approve(request, "sue", "sam", "max")
        self.assertEqual(self.account.credit_grade_id, self.yellow)

    def test_proposal_completed_by_hand(self):
        """Whoever completes it stands for the region."""
        request = self._proposed()
        self._as("sue", request).action_return("Which limit?")
        request = self._as("sue", request)
        request.limit_to = 7000
        request.action_submit()
        self.assertEqual(
            self._steps(request), ["Greater region verifies", "Head office approves"]
        )
        self._approve(request, "sam", "max")
        self.assertEqual(self.account.credit_limit, 7000)

    def test_four_eyes(self):
        request = self._submitted("max")
        self._approve(request, "sam")
        for login in ("max", "sam"):
            with self.assertFails(AccessError, "not allowed to decide"):
                self._as(login, request).action_approve()
        self._approve(request, "dora")
        self.assertEqual(self.account.credit_grade_id, self.green)

    def test_returned(self):
        request = self._submitted()
        self._as("sam", request).action_return("Too much")
        self.assertEqual(self._as("sue", request).approval_state, "returned")
        self._as("sue", request).limit_to = 4000
        self._as("sue", request).action_submit()
        self._approve(request, "sam", "max")
        self.assertEqual(self.account.credit_limit, 4000)

    def test_refused(self):
        request = self._submitted()
        self._approve(request, "sam")
        self._as("max", request).action_refuse("No")
        self.assertEqual(self.account.credit_grade_id, self.red)
        self.assertEqual(self.account.credit_limit, 1000)
        self.assertFalse(request.effect_date)

    # ------------------------------------------------------------
    # Effect
    # ------------------------------------------------------------

    def test_takes_effect_on_approval_only(self):
        self.green.payment_term_id = self.term
        other = self._create_company("Oak Test")
        partner = self.partner
        there = partner.with_company(other)
        there.credit_limit = 77
        request = self._submitted()
        self.assertEqual(request.payment_term_id, self.term)
        self._approve(request, "sam")
        self.assertEqual(partner.credit_limit, 1000)
        self.assertEqual(self.account.credit_grade_id, self.red)
        self._approve(request, "max")
        self.assertEqual(self.account.credit_grade_id, self.green)
        self.assertEqual(self.account.credit_grade_date, self.today)
        self.assertEqual(request.effect_date, self.today)
        self.assertEqual(partner.credit_limit, 5000)
        self.assertEqual(partner.property_payment_term_id, self.term)
        self.assertEqual(there.credit_limit, 77)
        self.assertFalse(there.property_payment_term_id)
        self.assertEqual(partner.kam_credit_grade_id, self.green)
        self.assertFalse(there.kam_credit_grade_id)

    def test_terms_are_left_as_they_are(self):
        self.partner.property_payment_term_id = self.term
        self._approve(self._submitted(), "sam", "max")
        self.assertEqual(self.partner.property_payment_term_id, self.term)

    def test_only_the_limit_changes(self):
        request = self._submitted(grade_to_id=self.red.id, limit_to=2000)
        self._approve(request, "sam", "max")
        self.assertEqual(self.account.credit_grade_id, self.red)
        self.assertEqual(self.partner.credit_limit, 2000)

    def test_figures_are_frozen(self):
        self._quotation(self.partner, 300).action_confirm()
        self._owe(self.partner, 2000, 20, (0, 1000))
        self._measure()
        request = self._submitted()
        self._owe(self.partner, 5000, 20)
        self._refresh()
        self.assertEqual(request.grade_from_id, self.red)
        self.assertEqual(request.limit_from, 1000)
        self.assertEqual(request.revenue_12m, 2000)
        self.assertEqual(request.performance_rate, 0.5)
        self.assertEqual(request.credit_exposure, 1300)
        self.assertEqual(request.overdue_amount, 1000)

    def test_form_proposes_limit_and_terms(self):
        self._owe(self.partner, 10000, 20, (0, 10000))
        self._measure()
        self.yellow.payment_term_id = self.term
        self.black.limit_amount = 5
        with Form(self.Request.with_user(self.users["sue"])) as form:
            form.account_id = self.account
            form.reason = "They grow"
            for grade, limit in (
                (self.green, 2500),
                (self.black, 5),
                (self.yellow, 1500),
            ):
                form.grade_to_id = grade
                self.assertEqual(form.limit_to, limit)
            self.assertEqual(form.payment_term_id, self.term)
            form.limit_to = 1400
        self.assertEqual(form.record.limit_to, 1400)
        self.assertEqual(form.record.limit_from, 1000)

    # ------------------------------------------------------------
    # What is not accepted
    # ------------------------------------------------------------

    def test_incomplete(self):
        for values, message in (
            ({"reason": " "}, "Enter a reason"),
            ({"grade_to_id": False}, "Select the requested grade"),
            ({"grade_to_id": self.red.id, "limit_to": 1000}, "Nothing to request"),
        ):
            request = self._request(
                self.account, **{"grade_to_id": self.green.id, **values}
            )
            with self.subTest(values=values), self.assertFails(UserError, message):
                request.action_submit()
            request.unlink()

    def test_bad_values(self):
        with self.assertFails(ValidationError, "must not be negative"):
            self._request(self.account, limit_to=-1)
        other = self._create_company("Oak Test")
        self.env.user.company_ids |= other
        with self.assertRaisesRegex(UserError, "company"):
            self.Request.create(
                {
                    "account_id": self.account.id,
                    "grade_to_id": other.kam_credit_grade_ids[0].id,
                }
            )

    def test_who_may_apply(self):
        for login in ("amy", "tom", "joe"):
            with self.subTest(login=login), self.assertRaises(AccessError):
                self._request(self.account, login)
        self.account.team_id = False
        with self.assertRaises(AccessError):
            self._request(self.account, "sue")
        self._request(self.account, "max").unlink()

    # ------------------------------------------------------------
    # Clocks: 2 days to apply, 3 to verify, 3 (at most 7) to approve, 10 in all
    # ------------------------------------------------------------

    def _deadline(self, request):
        return self._as("max", request).approval_deadline

    def _date(self, text):
        return fields.Date.to_date(text)

    def test_in_time(self):
        with self._at("2026-06-01 08:00:00"):
            request = self._request(self.account, grade_to_id=self.green.id)
            self.assertEqual(request.apply_deadline, self._date("2026-06-03"))
        with self._at("2026-06-03 08:00:00"):
            request.action_submit()
            self.assertEqual(self._deadline(request), self._date("2026-06-06"))
        with self._at("2026-06-06 20:00:00"):
            self.assertFalse(self._as("sam", request).approval_is_late)
            self._approve(request, "sam")
            self.assertEqual(self._deadline(request), self._date("2026-06-09"))
        with self._at("2026-06-09 08:00:00"):
            self._approve(request, "max")
        self.assertNotIn(True, request.sudo().approval_ids.mapped("is_late"))

    def test_proposed_by_rule(self):
        with self._at("2026-06-01 08:00:00"):
            request = self._proposed()
            self.assertEqual(self._deadline(request), self._date("2026-06-03"))
            self._approve(request, "sue")
            self.assertEqual(self._deadline(request), self._date("2026-06-04"))

    def test_late(self):
        with self._at("2026-06-01 08:00:00"):
            request = self._submitted()
        Approval = self.env["kam.approval"]
        with self._at("2026-06-04 08:00:00"):
            Approval._cron_escalate()
            self.assertEqual(request.priority, "0")
        with self._at("2026-06-05 08:00:00"):
            self.assertTrue(self._as("sue", request).approval_is_late)
            Approval._cron_escalate()
            Approval._cron_escalate()
        request = request.sudo()
        request.invalidate_recordset()
        self.assertEqual(request.priority, "1")
        late = request.message_ids.filtered(lambda m: "Late: Greater" in (m.body or ""))
        self.assertEqual(len(late), 1)
        told = request.activity_ids.filtered(
            lambda a: "Late since" in (a.summary or "")
        )
        # Sam is late himself, and nobody leads a territory above his.
        self.assertEqual(told.user_id, self.users["dora"] | self.users["eve"])
        self.assertEqual(request.approval_state, "pending")

    def test_extension(self):
        with self._at("2026-06-01 08:00:00"):
            request = self._submitted()
        with self._at("2026-06-03 08:00:00"):
            self._approve(request, "sam")
            self.assertEqual(self._deadline(request), self._date("2026-06-06"))
            for login in ("max", "sam"):
                with self.assertFails(AccessError, "not allowed to extend"):
                    self._as(login, request).action_extend(1)
            with self.assertFails(UserError, "7 days at most"):
                self._as("dora", request).action_extend(5)
            self._as("dora", request).action_extend(1)
            self._as("dora", request).action_extend(3)
            self.assertEqual(self._deadline(request), self._date("2026-06-10"))
            with self.assertFails(UserError, "7 days at most"):
                self._as("dora", request).action_extend(1)

    def test_cap_wins(self):
        with self._at("2026-06-01 08:00:00"):
            request = self._submitted()
        with self._at("2026-06-06 08:00:00"):
            self._approve(request, "sam")
            self.assertEqual(self._deadline(request), self._date("2026-06-09"))
            self._as("dora", request).action_extend(4)
            self.assertEqual(self._deadline(request), self._date("2026-06-11"))
        self._as("max", request).action_return("Explain")
        with self._at("2026-06-12 08:00:00"):  # a new round has a new clock
            self._as("sue", request).action_submit()
            self.assertEqual(self._deadline(request), self._date("2026-06-15"))
        with self._at("2026-06-21 08:00:00"):
            self._approve(request, "sam")
            self.assertEqual(self._deadline(request), self._date("2026-06-22"))
            with self.assertFails(UserError, "10 days at most"):
                self._as("dora", request).action_extend(1)

    def test_working_days(self):
        self.company.kam_deadline_mode = "working"
        with self._at("2026-06-05 08:00:00"):  # a Friday
            request = self._request(self.account, grade_to_id=self.green.id)
            self.assertEqual(request.apply_deadline, self._date("2026-06-09"))
            request.action_submit()
            self.assertEqual(self._deadline(request), self._date("2026-06-10"))
        with self._at("2026-06-18 08:00:00"):
            self._approve(request, "sam")
            self.assertEqual(self._deadline(request), self._date("2026-06-19"))


@tagged("post_install", "-at_install")
class TestCreditTrail(CreditCase):
    """What an auditor asks of requests: figures of the day, decisions that stay."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls._graded("Alpha", cls.red, 1000)
        cls.partner = cls.account.partner_id

    def _draft(self, **values):
        values = {"grade_to_id": self.green.id, "limit_to": 5000, **values}
        return self._request(self.account, **values)

    def test_figures_of_the_submission(self):
        """A draft may lie around: the situation is that of the application."""
        request = self._draft()
        self._owe(self.partner, 2000, 20, (0, 500))
        self._refresh()
        self.partner.with_company(self.company).credit_limit = 1500
        request = self._as("sue", request)
        request.action_submit()
        self.assertEqual(request.revenue_12m, 2000)
        self.assertEqual(request.credit_exposure, 1500)
        self.assertEqual(request.limit_from, 1500)

    def test_figures_of_the_account_chosen(self):
        """They show before the request is saved, and follow another account."""
        other = self._graded("Beta", self.yellow, 300)
        with Form(self.Request.with_user(self.users["sue"])) as form:
            form.account_id = self.account
            self.assertEqual(form.grade_from_id, self.red)
            self.assertEqual(form.limit_from, 1000)
            form.account_id = other
            self.assertEqual(form.grade_from_id, self.yellow)
            form.grade_to_id = self.green
            form.reason = "They pay on time"
        request = form.record
        self.assertEqual(
            (request.grade_from_id, request.limit_from), (self.yellow, 300)
        )
        request.account_id = self.account
        self.assertEqual((request.grade_from_id, request.limit_from), (self.red, 1000))
        other._assign_credit(self.green, 5, other.credit_grade_id.payment_term_id)
        self.assertEqual(request.limit_from, 1000)

    def test_nothing_changes_any_more(self):
        """What the draft asked for has happened meanwhile."""
        request = self._draft()
        self.account._assign_credit(self.green, 5000, request.payment_term_id)
        with self.assertFails(UserError, "Nothing to request"):
            self._as("sue", request).action_submit()

    def test_decisions_are_kept(self):
        request = self._draft()
        request.action_submit()
        self._approve(request, "sam")
        self._as("max", request).action_return("Which orders?")
        with self.assertFails(UserError, "has been decided"):
            self._as("sue", request).unlink()
        self._as("sue", request).action_submit()
        request.action_withdraw()
        with self.assertFails(UserError, "has been decided"):
            request.unlink()

    def test_undecided_drafts_are_deleted(self):
        request = self._draft()
        request.action_submit()
        request.action_withdraw()
        request.unlink()
        self.assertFalse(request.exists())

    def test_withdrawn_when_returned(self):
        """Nobody is asked to complete what was archived."""
        request = self._draft()
        request.action_submit()
        self._as("sam", request).action_return("Why?")
        self.assertEqual(request.sudo().activity_ids.user_id, self.users["sue"])
        request.sudo()._withdraw_undecided()
        self.assertFalse(request.sudo().activity_ids)

    def test_copies_are_not_urgent(self):
        request = self._draft(priority="1")
        request.active = False
        request.flush_recordset()
        self.assertEqual(request.copy().priority, "0")
