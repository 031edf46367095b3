from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import MONDAY, ApprovalCase


@tagged("post_install", "-at_install")
class TestApprovalTelling(ApprovalCase):
    """Who is told what, when, and in which language."""

    def _deputy(self, day, **values):
        return self.env["kam.approval.deputy"].create(
            {
                "user_id": self.users["sue"].id,
                "deputy_id": self.users["ben"].id,
                "date_from": day,
                "date_to": day,
                **values,
            }
        )

    def _summaries(self, proposal):
        return {a.user_id.login: a.summary for a in self._activities(proposal)}

    # ------------------------------------------------------------
    # Applicants
    # ------------------------------------------------------------

    def test_applicant_completes_what_is_returned(self):
        proposal = self._propose()
        self._as("sue", proposal).action_return("Which\norders?")
        (activity,) = self._activities(proposal)
        self.assertEqual(activity.user_id, self.users["amy"])
        self.assertEqual(activity.summary, "Returned for completion")
        self.assertIn("Which<br", activity.note)
        self.assertEqual(activity.date_deadline, self.company._kam_today())
        self._as("amy", proposal).action_submit()
        self.assertEqual(self._summaries(proposal), {"sue": "Region"})

    def test_bad_input(self):
        proposal = self._propose()
        for days in (0, -1, 1.5, "2", None):
            with self.assertFails(UserError, "at least one day"):
                self._as("sue", proposal).action_extend(days)
        for comment in ("", " ", None, False):
            with self.assertFails(UserError, "Give the reason"):
                self._as("sue", proposal).action_return(comment)

    def test_many_are_returned(self):
        """The statements do not grow with the documents that are returned."""
        counts = []
        for size in (2, 12):
            partners = self._customers(size, f"Many {size}")
            accounts = self.Account.create(
                [{"partner_id": p.id, "team_id": self.east.id} for p in partners]
            )
            accounts.manager_id = self.users["amy"]
            proposals = self.env["kam.tier.proposal"].create(
                [
                    {
                        "account_id": account.id,
                        "company_id": self.company.id,
                        "tier_to_id": self.core.id,
                        "origin": "manual",
                        "date": "2026-06-01",
                    }
                    for account in accounts
                ]
            )
            proposals._approval_submit(self.users["amy"])
            proposals = self._as("sue", proposals)
            counts.append(self._count(proposals.action_return, "Why?"))
        self.assertEqual(
            self.env["mail.activity"].search_count(
                [("summary", "=", "Returned for completion")]
            ),
            14,
        )
        self.assertLessEqual(counts[1], counts[0] + 2)

    def test_applicant_who_cannot_complete(self):
        """Gone, or not in charge of the customer any more: whoever is, is asked, if he
        may do it."""
        proposal = self._propose()
        self.account.manager_id = self.users["ben"]
        self._as("sue", proposal).action_return("Why?")
        self.assertFalse(self._activities(proposal), "nobody edits proposals")

    def test_applicant_of_fewer_companies(self):
        """Whoever returns it may work in companies that the applicant does not see."""
        other = self._create_company("Elsewhere")
        self.users["sue"].company_ids |= other
        proposal = self._propose()
        proposal = self._as("sue", proposal).with_context(
            allowed_company_ids=(self.company | other).ids
        )
        proposal.action_return("Why?")
        self.assertEqual(self._activities(proposal).user_id, self.users["amy"])

    # ------------------------------------------------------------
    # Deciders, deputies, superiors
    # ------------------------------------------------------------

    def test_language_of_the_superior(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.users["sam"].lang = "zh_CN"
        self.region.with_context(lang="zh_CN").name = "区域"
        self.region.overdue_action_ids = self.env.ref(
            "key_account_management.action_tier_proposal_escalate"
        )
        with freeze_time(MONDAY):
            proposal = self._propose()
        with freeze_time("2026-06-04 08:00:00"):
            self.env["kam.approval"]._cron_escalate()
        summary = self._summaries(proposal)["sam"]
        self.assertRegex(summary, "^已于 2026.*逾期：区域$")

    def test_deputy_is_asked_at_once(self):
        self.account.member_ids = [Command.create({"user_id": self.users["ben"].id})]
        proposal = self._propose()
        absence = self._deputy(self.company._kam_today())
        self.assertIn(self.users["ben"], self._row(proposal, self.region).decider_ids)
        self.assertEqual(self._summaries(proposal), {"sue": "Region", "ben": "Region"})
        absence.deputy_id = self.users["max"]
        self.assertEqual(set(self._summaries(proposal)), {"sue", "max"})
        absence.unlink()
        self.assertEqual(set(self._summaries(proposal)), {"sue"})

    def test_deputy_on_the_day_of_the_company(self):
        """In Shanghai, the third of June begins at four in the afternoon of UTC."""
        self.company.resource_calendar_id.tz = "Asia/Shanghai"
        self.account.member_ids = [Command.create({"user_id": self.users["ben"].id})]
        with freeze_time(MONDAY):
            proposal = self._propose()
            self._deputy("2026-06-03")
        row = self._row(proposal, self.region)
        for moment, may in (
            ("2026-06-02 15:59:00", False),
            ("2026-06-02 16:00:00", True),
            ("2026-06-03 15:59:00", True),
            ("2026-06-03 16:00:00", False),
        ):
            with freeze_time(moment), self.subTest(moment):
                self.assertEqual(self.users["ben"].id in row._authorities()[row], may)

    def test_field_that_is_gone(self):
        """Its app was removed: the directors decide, and the others are reminded."""
        proposal = self._propose()
        row = self._row(proposal, self.region)
        row.write({"decider_type": "field", "user_field": "x_gone_id"})
        self.env["kam.approval"]._cron_remind()
        self.assertIn(self.users["dora"], row.decider_ids)
        self._as("dora", proposal).action_approve()
        self.assertEqual(row.state, "approved")

    # ------------------------------------------------------------
    # Days
    # ------------------------------------------------------------

    def test_holidays(self):
        """Working days leave out the holidays of the company, not those of others."""
        self.company.kam_deadline_mode = "working"
        other = self._create_company("Elsewhere")
        holiday = {
            "name": "Holiday",
            "date_from": "2026-06-02 00:00:00",
            "date_to": "2026-06-02 23:59:59",
            "calendar_id": False,
        }
        for company, deadline in ((other, "2026-06-03"), (self.company, "2026-06-04")):
            leaves = self.env["resource.calendar.leaves"].with_company(company)
            self.assertEqual(leaves.create(holiday).company_id, company)
            with freeze_time(MONDAY):
                proposal = self._propose()
            row = self._row(proposal, self.region)
            self.assertEqual(str(row.deadline), deadline)
            proposal.sudo().unlink()
