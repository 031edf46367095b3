"""Decisions outlive what they were about (K5)."""

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import ApprovalCase


@tagged("post_install", "-at_install")
class TestApprovalKept(ApprovalCase):
    def setUp(self):
        super().setUp()
        self.proposal = self._propose()
        self.name = self.proposal.display_name
        self._as("sue", self.proposal).action_approve("Well done")
        self.rows = self.proposal.sudo().approval_ids
        self.decided = self._row(self.proposal, self.region)
        self.assertEqual(self.rows.mapped("state"), ["approved", "pending", "waiting"])
        self.env.flush_all()

    def _delete(self):
        self.proposal.sudo().unlink()
        self.env.invalidate_all()

    def _vanish(self):
        """As a cascade of the database does it."""
        self.env.cr.execute(
            "DELETE FROM kam_tier_proposal WHERE id = %s", [self.proposal.id]
        )
        self.env.invalidate_all()
        self.env["kam.approval"]._gc_orphans()
        self.env.invalidate_all()

    def _check_kept(self):
        self.assertEqual(self.rows.exists(), self.rows)
        self.assertEqual(
            self.rows.mapped("state"), ["approved", "cancelled", "cancelled"]
        )
        self.assertEqual(set(self.rows.mapped("document")), {self.name})
        self.assertEqual(self.decided.decided_by_id, self.users["sue"])
        self.assertEqual(self.decided.company_id, self.company)
        self.assertFalse(self.rows._activities())
        self.assertFalse(self.rows._with_document())
        for login in ("sam", "sue"):
            mine = self.env["kam.approval"].with_user(self.users[login])
            self.assertFalse(mine._waiting_for_user())

    def test_deleted_document(self):
        self._delete()
        self._check_kept()

    def test_vanished_document(self):
        self._vanish()
        self._check_kept()
        self.env["kam.approval"]._gc_orphans()
        self._check_kept()

    def test_vanished_app(self):
        self.env.cr.execute(
            "UPDATE kam_approval SET res_model = 'kam.gone' WHERE id = ANY(%s)",
            [self.rows.ids],
        )
        self.env.invalidate_all()
        self.env["kam.approval"]._gc_orphans()
        self.env.invalidate_all()
        self._check_kept()

    def test_nobody_deletes_decisions(self):
        for rows in (self.rows, self.decided):
            with (
                self.assertFails(UserError, f"cannot be deleted: {self.name}"),
                self.env.cr.savepoint(),
            ):
                rows.sudo().unlink()
        self._delete()
        with self.assertFails(UserError, "stay on record"), self.env.cr.savepoint():
            self.decided.sudo().unlink()

    def test_name_is_that_of_the_submission(self):
        self.partner.name = "Renamed"
        self.env.flush_all()
        self.assertEqual(self.decided.document, self.name)

    def test_name_in_the_language_of_the_company(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.company.partner_id.lang = "zh_CN"
        self.core.with_context(lang="zh_CN").name = "核心"
        self.proposal._withdraw_undecided()
        proposal = self._propose("sue")
        name = proposal.with_context(lang="zh_CN").display_name
        self.assertIn("核心", name)
        self.assertEqual(proposal.sudo().approval_ids[:1].document, name)

    def test_readers(self):
        """Those who read all, and those who took part."""
        self._delete()
        for login, count in {
            "amy": 3,  # applied
            "sue": 1,
            "sam": 1,
            "ben": 0,
            "max": 3,
            "dora": 3,
            "eve": 3,
            "tom": 3,
        }.items():
            rows = self.env["kam.approval"].with_user(self.users[login])
            found = rows.search([("id", "in", self.rows.ids)])
            with self.subTest(login):
                self.assertEqual(len(found), count)
                self.assertEqual(
                    set(found.mapped("document")), {self.name} if count else set()
                )

    def test_readers_of_another_company(self):
        self._delete()
        other = self._create_company("Elsewhere")
        self.users["max"].write(
            {"company_ids": [Command.set(other.ids)], "company_id": other.id}
        )
        rows = self.env["kam.approval"].with_user(self.users["max"])
        rows = rows.with_context(allowed_company_ids=other.ids)
        self.assertFalse(rows.search([("id", "in", self.rows.ids)]))

    def test_opening_what_is_gone(self):
        action = self.decided.with_user(self.users["max"]).action_view_document()
        self.assertEqual(action["res_id"], self.proposal.id)
        self._delete()
        with self.assertFails(UserError, f"{self.name} was deleted"):
            self.decided.with_user(self.users["max"]).action_view_document()

    def test_deciding_on_what_is_gone(self):
        self._delete()
        row = self.rows[1].with_user(self.users["sam"])
        with self.assertFails(UserError, "was deleted|already decided"):
            row.action_approve()

    def test_growth(self):
        Proposal = self.env["kam.tier.proposal"].sudo()
        counts = []
        for size in (3, 30):
            accounts = self.Account.create(
                [
                    {"partner_id": partner.id, "team_id": self.east.id}
                    for partner in self._customers(size)
                ]
            )
            proposals = Proposal.union(
                *(Proposal._propose(a, self.core, "All grow") for a in accounts)
            )
            counts.append(self._count(proposals.unlink))
        self.assertLessEqual(counts[1], counts[0])
