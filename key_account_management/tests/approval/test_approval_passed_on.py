from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import MONDAY, ApprovalCase


@tagged("post_install", "-at_install")
class TestApprovalPassedOn(ApprovalCase):
    """No document is stuck: who cannot decide is replaced, and asked no more."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sue, cls.sam, cls.ben = (cls.users[n] for n in ("sue", "sam", "ben"))
        cls.south = cls.env["crm.team"].create(
            {"name": "South", "kam_parent_id": cls.china.id}
        )
        directors = cls.env.ref("key_account_management.group_kam_director")
        cls.directors = directors.all_user_ids.filtered(
            lambda user: cls.company in user.company_ids
        )
        today = cls.company._kam_today()
        cls.away = {"date_from": today, "date_to": today}

    def _propose_for(self, name):
        account = self.Account.create(
            {"partner_id": self._customer(name).id, "team_id": self.east.id}
        )
        account.manager_id = self.users["amy"]
        return account, self.env["kam.tier.proposal"].with_user(
            self.users["amy"]
        ).sudo()._propose(account, self.core, "They grow").sudo(False)

    def _absence(self, absent, deputy, login=None):
        absences = self.env["kam.approval.deputy"]
        return absences.with_user(self.users.get(login) or absent).create(
            {"user_id": absent.id, "deputy_id": deputy.id, **self.away}
        )

    def _told(self):
        """What the browsers of users are to show."""
        self.env.flush_all()
        values = self.env.cr.precommit.data.get("bus.bus.values", [])
        return "".join(str(v["message"]) for v in values if "warning" in v["message"])

    # ------------------------------------------------------------
    # Accounts that move
    # ------------------------------------------------------------

    def test_account_moves(self):
        """The next leader above in the former territory, or else the directors."""
        for parent, asked in ((self.china, self.sam), (False, self.directors)):
            self.south.kam_parent_id = parent
            self.account.team_id = self.east
            proposal = self._propose()
            with self.subTest(asked=asked.mapped("login")):
                self.account.with_user(self.users["max"]).team_id = self.south
                row = self._row(proposal, self.region)
                self.assertEqual(row.decider_ids, asked)
                self.assertEqual(self._activities(proposal).user_id, asked)
                self.assertEqual(row.team_id, self.east)
                with self.assertRaises(AccessError):
                    self._as("sue", proposal).action_approve()
                decider = asked.filtered(lambda u: u.login in self.users)[:1]
                proposal.with_user(decider).action_approve("Agreed")
                self.assertEqual(row.state, "approved")
            proposal.sudo().unlink()

    def test_account_comes_back(self):
        proposal = self._propose()
        self.account.team_id = self.south
        self.account.team_id = self.east
        self.assertEqual(self._row(proposal, self.region).decider_ids, self.sue)

    def test_territory_is_archived(self):
        proposal = self._propose()
        self.east.active = False
        self.account.team_id = self.south
        self.assertEqual(self._row(proposal, self.region).decider_ids, self.sam)

    def test_new_leader_is_asked_at_once(self):
        proposal = self._propose()
        row = self._row(proposal, self.region)
        new = new_test_user(
            self.env,
            login="new",
            groups="base.group_user,key_account_management.group_kam_supervisor",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        self.east.user_id = new
        self.assertEqual(row.decider_ids, new)
        new.active = False
        self.assertEqual(row.decider_ids, self.sam)
        self.assertEqual(self._activities(proposal).user_id, self.sam)

    # ------------------------------------------------------------
    # Deputies
    # ------------------------------------------------------------

    def test_deputy_who_may_not_read(self):
        """He is not asked, the next above is, and whoever chose him is told so."""
        proposal = self._propose()
        row = self._row(proposal, self.region)
        for persona, login in (("sue", None), ("max", "max")):
            with self.subTest(chosen_by=persona):
                absence = self._absence(self.sue, self.ben, login)
                self.assertEqual(row.decider_ids, self.sue + self.sam)
                self.assertRegex(self._told(), "ben .*may not read")
                with self.assertRaises(AccessError):
                    self._as("ben", proposal).action_approve()
                absence.unlink()
                self.assertEqual(row.decider_ids, self.sue)
        self._absence(self.sue, self.ben)
        self.account.member_ids = [Command.create({"user_id": self.ben.id})]
        self.assertEqual(row.decider_ids, self.sue + self.ben)
        self._as("ben", proposal).action_approve()
        self.assertEqual(row.on_behalf_of_id, self.sue)

    def test_nothing_is_told_of_a_deputy_who_can(self):
        self._propose()
        self._absence(self.sue, self.sam)
        self.assertFalse(self._told())

    def test_barred_deputy(self):
        """sam is away, and sue, his deputy, has decided the step before."""
        proposal = self._propose()
        self._as("sue", proposal).action_approve()
        self._absence(self.sam, self.sue)
        row = self._row(proposal, self.greater)
        self.assertEqual(row.decider_ids, self.sam + self.directors)
        self._as("dora", proposal).action_approve()
        self.assertEqual(row.state, "approved")
        self.assertFalse(row.on_behalf_of_id)

    def test_everybody_is_away(self):
        """Directors without a deputy who qualifies are asked all the same."""
        proposal = self._propose()
        for user in self.sue + self.sam + self.directors:
            self._absence(user, self.ben, "dora" if user == self.sue else None)
        row = self._row(proposal, self.region)
        self.assertEqual(row.decider_ids, self.sue + self.directors)

    # ------------------------------------------------------------
    # Many at once
    # ------------------------------------------------------------

    def test_one_stops_no_other(self):
        """What can be decided is; the user is told what was left, and why."""
        _account, mine = self._propose_for("Mine")
        lost, left = self._propose_for("Lost")
        rows = (mine + left).sudo().approval_ids
        rows = rows.filtered(lambda row: row.step_id == self.region)
        rows = rows.with_user(self.sue).sudo(False)
        rows.mapped("document")
        lost.team_id = self.south
        left_row = rows.filtered(lambda row: row.res_id == left.id)
        left_row.sudo().decider_ids += self.sue  # seen before it moved
        self.env.invalidate_all()
        rows.action_approve()
        states = [self._row(p, self.region).state for p in (mine, left)]
        self.assertEqual(states, ["approved", "pending"])
        self.assertIn("Not Decided", self._told())
        with self.assertRaises(AccessError):
            left_row.action_approve()

    def test_nothing_can_be_decided(self):
        proposals = [self._propose_for(f"Lost {i}")[1] for i in range(3)]
        rows = self.env["kam.approval"].union(
            *(self._row(proposal, self.region) for proposal in proposals)
        )
        with self.assertFails(AccessError, "Lost 0.*(\n.*)*Lost 2"):
            rows.with_user(self.users["max"]).action_approve()

    def test_growth_of_one_among_many(self):
        """One that cannot be decided costs some more tries, not one for each."""
        counts = []
        for size in (8, 8, 64):
            pairs = [self._propose_for(f"Many {size} {i}") for i in range(size)]
            rows = self.env["kam.approval"].union(
                *(self._row(proposal, self.region) for _account, proposal in pairs)
            )
            lost = pairs[size // 2]
            lost[0].team_id = self.south
            self._row(lost[1], self.region).decider_ids += self.sue
            rows = rows.with_user(self.sue).sudo(False)
            counts.append(self._count(rows.action_approve))
            self.assertEqual([row.state for row in rows].count("approved"), size - 1)
        self.assertLessEqual(counts[2], 3 * counts[1])

    # ------------------------------------------------------------
    # What each may know
    # ------------------------------------------------------------

    def test_mails_name_what_their_reader_may_know(self):
        """One after the other, in one transaction."""
        with freeze_time(MONDAY):
            row = self._row(self._propose(), self.region)
            self.sue.email = "sue@example.com"
            self.ben.email = "ben@example.com"
            self.assertIn("Alpha", str(row._reminder_values(self.sue)["body_html"]))
            self.assertNotIn("Alpha", str(row._reminder_values(self.ben)["body_html"]))
            self.assertIn("Alpha", str(row._reminder_values(self.sue)["body_html"]))
