"""In a merge the stricter wins, and what is under way moves along (K5)."""

from datetime import timedelta

from odoo import Command
from odoo.tests import tagged

from ...models.approval.kam_approval import ACTIVITY_TYPE
from ..credit.common import CreditCase


@tagged("post_install", "-at_install")
class TestMergeDecided(CreditCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.old = cls._graded("Old", cls.red, 50000)
        cls.fresh = cls._fresh("Fresh")
        cls.env.flush_all()

    @classmethod
    def _fresh(cls, name):
        return cls.Account.create(
            {
                "partner_id": cls._customer(name).id,
                "company_id": cls.company.id,
                "manager_id": cls.users["amy"].id,
                "team_id": cls.east.id,
            }
        )

    def _merge(self, source, target):
        """Merge the customers of two accounts, as core does."""
        self.env.flush_all()
        partners = source.partner_id + target.partner_id
        self.env["base.partner.merge.automatic.wizard"]._merge(
            partners.ids, target.partner_id, extra_checks=False
        )
        self.env.invalidate_all()
        self.assertFalse(source.exists())
        self.assertEqual(len(partners.exists()), 1)

    def _merges(self, source, target):
        """Both ways in which customers become one."""

        def reparent():
            source.partner_id.write(
                {"is_company": False, "parent_id": target.partner_id.id}
            )
            self._refresh()

        return {"merged": lambda: self._merge(source, target), "contact": reparent}

    def _limit(self, account):
        partner = account.partner_id.with_company(self.company)
        return partner.credit_limit

    def _withdraw(self, account, ago=30):
        account._assign_tier(self.core, {})
        account.performance_hold_date = self._day(ago)
        account._assign_tier(self.core.browse(), {})

    def _submitted(self, account, **values):
        request = self._request(account, grade_to_id=self.yellow.id, **values)
        self._as("sue", request).action_submit()
        return request

    # ------------------------------------------------------------
    # What was decided
    # ------------------------------------------------------------

    def test_black_listed_and_withdrawn_into_fresh(self):
        for way in ("merged", "contact"):
            with self.subTest(way):
                old = self._graded(f"Black {way}", self.black, 100)
                fresh = self._fresh(f"Fresh {way}")
                fresh._assign_tier(self.key, {})
                self._withdraw(old)
                old.performance_grace_date = self._day(5)
                old.credit_grade_date = self._day(40)
                self._merges(old, fresh)[way]()
                self.assertFalse(old.exists())
                self.assertEqual(fresh.credit_grade_id, self.black)
                self.assertEqual(fresh.credit_grade_date, self._day(40))
                self.assertEqual(fresh.performance_hold_date, self._day(30))
                self.assertEqual(fresh.performance_grace_date, self._day(5))
                self.assertFalse(fresh.tier_id)
                last = fresh.history_ids[0]
                self.assertEqual(last.tier_from_id, self.key)
                self.assertFalse(last.tier_to_id)
                self.assertIn(f"Black {way} was merged", last.reason)
                self.assertEqual(fresh._get_lost_tier(), self.key)
                self.assertEqual(len(fresh.history_ids), 4)
                self.assertIn(
                    "treatment withdrawn",
                    " ".join(fresh.activity_ids.mapped("summary")),
                )

    def test_fresh_into_black_listed(self):
        """The other way round, a tier that comes along is forbidden by the hold."""
        self._withdraw(self.old)
        self.fresh._assign_tier(self.key, {})
        self._merge(self.fresh, self.old)
        self.assertEqual(self.old.credit_grade_id, self.red)
        self.assertTrue(self.old.performance_hold_date)
        self.assertFalse(self.old.tier_id)
        last = self.old.history_ids[0]
        self.assertEqual(
            (last.tier_from_id, last.tier_to_id), (self.key, last.tier_to_id.browse())
        )

    def test_grades(self):
        """By the grades and limits of both: 0 is no limit, the mildest of all."""
        for grades, limits, grade, limit in (
            ((self.black, self.green), (0, 900), self.black, 900),
            ((self.black, self.green), (100, 0), self.black, 100),
            ((self.red, self.yellow), (500, 300), self.red, 300),
            ((self.green, self.black), (100, 900), self.black, 900),
            ((self.red, None), (500, 0), self.red, 500),
            ((None, self.red), (0, 500), self.red, 500),
            ((self.red, self.red), (500, 900), self.red, 900),
        ):
            with self.subTest(grades=[g and g.name for g in grades], limits=limits):
                source, target = self._fresh("Source"), self._fresh("Target")
                for account, own, amount in zip(
                    (source, target), grades, limits, strict=True
                ):
                    if own:
                        account._assign_credit(own, amount, own.payment_term_id)
                self._merge(source, target)
                self.assertEqual(target.credit_grade_id, grade)
                self.assertEqual(self._limit(target), limit)

    def test_archived_grade(self):
        self.old._assign_credit(self.black, 0, self.black.payment_term_id)
        self.black.active = False
        self.fresh._assign_credit(self.yellow, 0, self.yellow.payment_term_id)
        self._merge(self.old, self.fresh)
        self.assertEqual(self.fresh.credit_grade_id, self.black)

    def test_limit_goes_with_the_account(self):
        """To a customer who had none, but a limit of his own."""
        stranger = self._customer("Stranger")
        stranger.with_company(self.company).credit_limit = 900000
        self.env["base.partner.merge.automatic.wizard"]._merge(
            [self.old.partner_id.id, stranger.id], stranger, extra_checks=False
        )
        self.env.invalidate_all()
        self.assertEqual(self.old.partner_id, stranger)
        self.assertEqual(self._limit(self.old), 50000)

    def test_limit_of_a_customer_who_became_a_contact(self):
        """Core gives a contact the limit of its company: what was approved counts."""
        request = self._submitted(self.old, limit_to=7)
        self._approve(request, "sam", "max")
        company = self._customer("Holding")
        company.with_company(self.company).credit_limit = 900000
        self.old.partner_id.write({"is_company": False, "parent_id": company.id})
        self._refresh()
        self.assertEqual(self.old.partner_id, company)
        self.assertEqual(self._limit(self.old), 7)

    def test_holds_of_both(self):
        self._withdraw(self.old, 60)
        self._withdraw(self.fresh, 30)
        self.old.performance_grace_date = self._day(-10)
        self._merge(self.old, self.fresh)
        self.assertEqual(self.fresh.performance_hold_date, self._day(60))
        self.assertFalse(self.fresh.performance_grace_date)

    def test_performance(self):
        for rates, rate in (((0.5, 0.9), 0.5), ((0.9, 0.5), 0.5), ((None, 0.9), 0.9)):
            with self.subTest(rates=rates):
                source, target = self._fresh("Source"), self._fresh("Target")
                self.env.flush_all()
                for account, own in zip((source, target), rates, strict=True):
                    self.env.cr.execute(
                        "UPDATE kam_account SET performance_rate = %s WHERE id = %s",
                        (own, account.id),
                    )
                self.env.invalidate_all()
                self._merge(source, target)
                self.assertEqual(target.performance_rate, rate)

    def test_tier_moves_along(self):
        self.old._assign_tier(self.core, {})
        self.old.tier_date = self._day(100)
        self._merge(self.old, self.fresh)
        self.assertEqual(self.fresh.tier_id, self.core)
        self.assertEqual(self.fresh.tier_date, self._day(100))
        last = self.fresh.history_ids[0]
        self.assertFalse(last.tier_from_id)
        self.assertEqual(last.tier_to_id, self.core)
        self.assertIn("Old was merged", last.reason)

    def test_tiers_of_both(self):
        """The history ends with the tier that holds, for the pictures of months."""
        self.fresh._assign_tier(self.core, {})
        self.fresh.history_ids.date -= timedelta(days=9)
        self.old._assign_tier(self.key, {})
        self._merge(self.old, self.fresh)
        self.assertEqual(self.fresh.tier_id, self.core)
        self.assertEqual(self.fresh.history_ids[0].tier_to_id, self.core)

    def test_score_of_the_latest_assessment(self):
        """Whichever customer it is of."""
        for late in ("old", "fresh"):
            with self.subTest(late):
                accounts = {
                    "old": self._graded("Source", self.red),
                    "fresh": self._fresh("Target"),
                }
                for name, account in accounts.items():
                    self._documents(account)
                    points, ago = (70, 5) if name == late else (90, 50)
                    assessment = self._assessment(account, points)
                    assessment.date = self._day(ago)
                    self._as("sue", assessment).action_submit()
                    self._approve(assessment, "sam", "max")
                    self.assertEqual(account.credit_score, points)
                self._merge(*accounts.values())
                target = accounts["fresh"]
                self.assertEqual(target.credit_score, 70)
                latest = target.credit_assessment_ids[0]
                self.assertEqual(target.credit_valid_until, latest.valid_until)

    def test_people_stay_told(self):
        self._merge(self.old, self.fresh)
        bodies = " ".join(self.fresh.message_ids.mapped("body"))
        self.assertIn("Old was merged into this customer", bodies)
        for grade in self.grades:
            self.assertNotIn(grade.name, bodies)

    # ------------------------------------------------------------
    # What is under way
    # ------------------------------------------------------------

    def _asked(self, document):
        return self.env["mail.activity"].search(
            [
                ("res_model", "=", document._name),
                ("res_id", "=", document.id),
                ("activity_type_id", "=", self.env.ref(ACTIVITY_TYPE).id),
            ]
        )

    def test_request_moves_with_its_approval(self):
        request = self._submitted(self.old, limit_to=7)
        rows, activities = request.approval_ids, self._asked(request)
        self.assertTrue(activities)
        self._merge(self.old, self.fresh)
        self.assertEqual(request.account_id, self.fresh)
        self.assertEqual(request.partner_id, self.fresh.partner_id)
        self.assertEqual(request.approval_state, "pending")
        self.assertEqual(request.approval_ids, rows)
        self.assertEqual(self._asked(request), activities)
        self._approve(request, "sam", "max")
        self.assertEqual(request.approval_state, "approved")
        self.assertEqual(self.fresh.credit_grade_id, self.yellow)
        self.assertEqual(self._limit(self.fresh), 7)

    def _check_withdrawn(self, document, kept):
        self.assertFalse(document.active)
        self.assertEqual(document.approval_state, "draft")
        self.assertEqual(document.account_id, kept.account_id)
        self.assertEqual(set(document.approval_ids.mapped("state")), {"cancelled"})
        self.assertFalse(self._asked(document))
        self.assertIn(
            "Withdrawn: the customer was merged", document.message_ids[0].body
        )
        self.assertTrue(kept.active)
        self.assertEqual(kept.approval_state, "pending")
        self.assertIn("pending", kept.approval_ids.mapped("state"))

    def test_requests_of_both(self):
        request = self._submitted(self.old, limit_to=7)
        restore = self._request(self.old, kind="restore")
        kept = self._submitted(self.fresh, limit_to=8)
        self._merge(self.old, self.fresh)
        self._check_withdrawn(request, kept)
        self.assertTrue(restore.active)
        self.assertEqual(restore.account_id, self.fresh)

    def test_proposals(self):
        Proposal = self.env["kam.tier.proposal"]
        proposal = Proposal._propose(self.old, self.core, "They grow")
        self._merge(self.old, self.fresh)
        self.assertEqual(self.fresh.pending_proposal_id, proposal)
        other = self._graded("Other", self.red)
        double = Proposal._propose(other, self.key, "They, too")
        self._merge(other, self.fresh)
        self._check_withdrawn(double, proposal)
        self.assertEqual(self.fresh.pending_proposal_id, proposal)

    def test_proposals_against_a_hold(self):
        proposal = self.env["kam.tier.proposal"]._propose(
            self.fresh, self.core, "They grow"
        )
        self._withdraw(self.old)
        self._merge(self.fresh, self.old)
        self.assertFalse(proposal.active)
        self.assertFalse(self.old.pending_proposal_id)
        self.assertIn("treatment was withdrawn", proposal.message_ids[0].body)

    def _screening(self, account):
        return self.env["kam.screening"].create(
            {"partner_id": account.partner_id.id, "company_id": self.company.id}
        )

    def test_screenings(self):
        for way in ("merged", "contact"):
            with self.subTest(way):
                first, second, target = map(self._fresh, ("First", "Second", "Target"))
                screening = self._screening(first)
                self._merges(first, target)[way]()
                self.assertEqual(screening.account_id, target)
                self.assertEqual(screening.partner_id, target.partner_id)
                self.assertEqual(screening.result, "open")
                double = self._screening(second)
                self._merges(second, target)[way]()
                self.assertEqual(double.account_id, target)
                self.assertEqual(double.result, "failed")
                self.assertIn(screening.name, double.failure_text)
                self.assertEqual(screening.result, "open")

    def test_screening_goes_with_the_account(self):
        screening = self._screening(self.old)
        company = self._customer("Holding")
        self.old.partner_id.write({"is_company": False, "parent_id": company.id})
        self._refresh()
        self.assertEqual(self.old.partner_id, company)
        self.assertEqual(screening.partner_id, company)
        self.assertEqual(screening.account_id, self.old)

    def test_releases(self):
        order = self._quotation(self.old.partner_id, 90000)
        self._as("amy", order).action_confirm()
        release = order.kam_credit_release_ids
        self.assertEqual(release.approval_state, "pending")
        rows = release.approval_ids
        self._merge(self.old, self.fresh)
        self.assertEqual(release.account_id, self.fresh)
        self.assertEqual(release.approval_state, "pending")
        self.assertEqual(release.approval_ids, rows)

    def test_talk_and_papers(self):
        self.old.message_post(body=self.black.name)
        paper = self.env["ir.attachment"].create(
            {
                "name": "Contract",
                "raw": b"We agree",
                "res_model": "kam.account",
                "res_id": self.old.id,
            }
        )
        document = self._documents(self.old)[0]
        activity, done = (
            self.old.activity_schedule("mail.mail_activity_data_todo", summary=summary)
            for summary in ("To do", "Done")
        )
        done.action_feedback(feedback="It is")
        self._merge(self.old, self.fresh)
        self.assertEqual(paper.res_id, self.fresh.id)
        self.assertEqual(paper.raw, b"We agree")
        self.assertEqual(document.account_id, self.fresh)
        self.assertTrue(document.file)
        self.assertEqual(activity.res_id, self.fresh.id)
        self.assertTrue(done.exists())
        self.assertEqual(done.res_id, self.fresh.id)
        self.assertIn(self.black.name, " ".join(self.fresh.message_ids.mapped("body")))

    # ------------------------------------------------------------
    # Ways and companies
    # ------------------------------------------------------------

    def test_on_and_on(self):
        """Into one, which goes into a third, and back to a new one of the old name."""
        self.old._assign_credit(self.black, 100, self.black.payment_term_id)
        self._withdraw(self.old)
        third, again = self._fresh("Third"), self._fresh("Old")
        request = self._submitted(self.old, limit_to=7)
        for source, target in (
            (self.old, self.fresh),
            (self.fresh, third),
            (third, again),
        ):
            self._merge(source, target)
            self.assertEqual(target.credit_grade_id, self.black)
            self.assertTrue(target.performance_hold_date)
            self.assertEqual(self._limit(target), 100)
            self.assertEqual(request.account_id, target)
        self.assertEqual(len(again.history_ids), 2)

    def test_three_at_once(self):
        black = self._graded("Black", self.black, 10)
        partners = (self.old + black + self.fresh).partner_id
        self.env["base.partner.merge.automatic.wizard"]._merge(
            partners.ids, self.fresh.partner_id, extra_checks=False
        )
        self.env.invalidate_all()
        self.assertEqual(self.fresh.credit_grade_id, self.black)
        self.assertEqual(self._limit(self.fresh), 10)

    def test_archived(self):
        for archived in ("source", "target"):
            with self.subTest(archived):
                accounts = {
                    "source": self._graded("Source", self.black),
                    "target": self._fresh("Target"),
                }
                self._withdraw(accounts["source"])
                accounts[archived].partner_id.active = False
                self._merge(*accounts.values())
                target = accounts["target"]
                self.assertEqual(target.credit_grade_id, self.black)
                self.assertTrue(target.performance_hold_date)
                self.assertEqual(target.active, target.partner_id.active)

    def test_two_companies(self):
        other = self._create_company("Elsewhere")
        self.env.user.company_ids |= other
        theirs, plain = self.Account.create(
            [
                {
                    "partner_id": partner.id,
                    "company_id": other.id,
                    "manager_id": False,
                }
                for partner in (self.old + self.fresh).partner_id
            ]
        )
        black = other._kam_credit_grades()[-1]
        theirs._assign_credit(black, 5, black.payment_term_id)
        self._merge(self.old, self.fresh)
        self.assertFalse(theirs.exists())
        self.assertEqual(plain.credit_grade_id, black)
        self.assertEqual(self.fresh.credit_grade_id, self.red)
        self.assertEqual(self._limit(self.fresh), 50000)
        self.assertEqual(plain.partner_id.with_company(other).credit_limit, 5)

    def test_parent_and_daughter(self):
        """A group that is merged into its daughter does not belong to itself."""
        self.fresh.parent_account_id = self.old
        self._merge(self.old, self.fresh)
        self.assertFalse(self.fresh.parent_account_id)

    def test_into_a_contact(self):
        """The account goes to the company of the contact."""
        contact = self._customer(
            "Wang", is_company=False, parent_id=self.fresh.partner_id.id
        )
        self.env["base.partner.merge.automatic.wizard"]._merge(
            [self.old.partner_id.id, contact.id], contact, extra_checks=False
        )
        self.env.invalidate_all()
        self.assertFalse(self.old.exists())
        self.assertEqual(self.fresh.credit_grade_id, self.red)

    def test_members(self):
        for account in (self.old, self.fresh):
            account.member_ids = [Command.create({"user_id": self.users["ben"].id})]
        self.old.member_ids = [Command.create({"user_id": self.users["tom"].id})]
        self._merge(self.old, self.fresh)
        self.assertEqual(
            set(self.fresh.member_ids.user_id.mapped("login")), {"ben", "tom"}
        )
