from datetime import datetime

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import BATCHES
from .common import MONDAY, ApprovalCase


@tagged("post_install", "-at_install")
class TestApprovalClock(ApprovalCase):
    """Deadlines, extensions, reminders and escalation, in frozen time."""

    def test_deadlines_in_calendar_days(self):
        with freeze_time(MONDAY):
            proposal = self._propose()
        row = self._row(proposal, self.region)
        self.assertEqual(str(row.deadline), "2026-06-03")
        with freeze_time("2026-06-03 20:00:00"):
            row.invalidate_recordset()
            self.assertFalse(row.is_late)
        with freeze_time("2026-06-04 08:00:00"):
            proposal.invalidate_recordset()
            row.invalidate_recordset()
            self.assertTrue(row.is_late)
            self.assertTrue(proposal.approval_is_late)
            self.assertIn(proposal, proposal.search([("approval_is_late", "=", True)]))
            self._as("sue", proposal).action_approve()
            self.assertEqual(row.days_taken, 3)
            self.assertTrue(row.is_late)
            self.assertEqual(
                str(self._row(proposal, self.greater).deadline), "2026-06-07"
            )

    def _late(self):
        self.env.invalidate_all()
        return self.env["kam.approval"].search([("is_late", "=", True)])

    def test_on_time(self):
        """The day of the deadline is the last day on time, where the company is."""
        self.company.resource_calendar_id.tz = "Asia/Shanghai"
        self.region.overdue_action_ids = self.env.ref(
            "key_account_management.action_tier_proposal_escalate"
        )
        with freeze_time("2026-05-31 18:00:00"):  # Monday in Shanghai
            proposal = self._propose()
        row = self._row(proposal, self.region)
        self.assertEqual(str(row.deadline), "2026-06-03")
        with freeze_time("2026-06-03 15:59:00"):  # a minute before Thursday
            self.env["kam.approval"]._cron_escalate()
            self.assertNotIn(row, self._late())
            self.assertFalse(row.is_late)
            self._as("sue", proposal).action_approve()
        with freeze_time("2026-07-01 08:00:00"):
            self.env["kam.approval"]._cron_escalate()
            self.assertNotIn(row, self._late())
            self.assertFalse(row.is_late)
        self.assertEqual(row.days_taken, 2)
        self.assertFalse(row.overdue_notified)

    def test_late_and_decided_late(self):
        """Search and computation agree, before the decision and ever after."""
        self.company.resource_calendar_id.tz = "Asia/Shanghai"
        with freeze_time(MONDAY):
            proposal = self._propose()
        row = self._row(proposal, self.region)
        with freeze_time("2026-06-03 16:01:00"):  # Thursday in Shanghai
            self.assertIn(row, self._late())
            self.assertTrue(row.is_late)
            self._as("sue", proposal).action_approve()
        with freeze_time("2026-06-04 08:00:00"):
            self.assertIn(row, self._late())
            self.assertTrue(row.is_late)
            not_late = self.env["kam.approval"].search([("is_late", "=", False)])
            self.assertNotIn(row, not_late)
            self.assertIn(self._row(proposal, self.greater), not_late)
            proposal.invalidate_recordset()
            self.assertFalse(proposal.approval_is_late)
            late = proposal.search([("approval_is_late", "=", True)])
            self.assertNotIn(proposal, late)
        self.assertEqual(row.days_taken, 3)

    def test_no_deadline(self):
        self.region.days = 0
        with freeze_time(MONDAY):
            proposal = self._propose()
        row = self._row(proposal, self.region)
        with freeze_time("2027-06-01 08:00:00"):
            self.assertNotIn(row, self._late())
            self.assertFalse(row.is_late)

    def test_weekends(self):
        """Two days from Friday: Sunday in calendar days, Tuesday in working days."""
        for mode, deadline in (("calendar", "2026-06-07"), ("working", "2026-06-09")):
            self.company.kam_deadline_mode = mode
            with freeze_time("2026-06-05 08:00:00"):  # a Friday
                proposal = self._propose()
            row = self._row(proposal, self.region)
            with self.subTest(mode):
                self.assertEqual(str(row.deadline), deadline)
            proposal.sudo().unlink()

    def test_weekends_in_cap_and_extension(self):
        """Extension and cap count as the deadline does."""
        self.company.kam_deadline_mode = "working"
        proposal = self._at_centre(5)
        row = self._row(proposal, self.centre)
        self.assertEqual(str(row.deadline), "2026-06-10")
        self._as("dora", proposal).action_extend(2)
        self.assertEqual(str(row.deadline), "2026-06-12")
        self._as("dora", proposal).action_extend(2)
        self.assertEqual(str(row.deadline), "2026-06-15")  # ten days after the 1st

    def _at_centre(self, day):
        with freeze_time(MONDAY):
            proposal = self._propose()
        with freeze_time(datetime.fromisoformat(f"2026-06-{day:02} 08:00:00")):
            self._as("sue", proposal).action_approve()
            self._as("sam", proposal).action_approve()
        return proposal

    def test_extension(self):
        proposal = self._at_centre(1)
        row = self._row(proposal, self.centre)
        self.assertEqual(str(row.deadline), "2026-06-04")
        for login in ("amy", "sue", "max"):
            with self.assertFails(AccessError, "not allowed to extend"):
                self._as(login, proposal).action_extend(1)
        self._as("dora", proposal).action_extend(4)
        self.assertEqual(str(row.deadline), "2026-06-08")
        self.assertEqual(row.extended_by_id, self.users["dora"])
        with self.assertFails(UserError, "7 days at most"):
            self._as("dora", proposal).action_extend(1)
        with self.assertFails(UserError, "at least one day"):
            self._as("dora", proposal).action_extend(0)

    def test_extension_moves_its_own_activities_only(self):
        """Of a neighbour that asks the same people, none moves."""
        neighbour = self._step(
            "Neighbour", 30, group_id=self.centre.group_id.id, days=2
        )
        proposal = self._at_centre(1)
        row, other = (self._row(proposal, step) for step in (self.centre, neighbour))
        self.assertEqual(row.decider_ids, other.decider_ids)
        self._as("dora", proposal).action_extend(3)
        self.assertEqual(
            {str(day) for day in row._activities().mapped("date_deadline")},
            {"2026-06-07"},
        )
        self.assertEqual(
            {str(day) for day in other._activities().mapped("date_deadline")},
            {"2026-06-03"},
        )
        self.assertEqual(other.extended_days, 0)

    def test_configuration_changed_midway(self):
        """Neither the deadline nor how far it may be extended follows the step."""
        proposal = self._at_centre(1)
        self.centre.write({"days": 20, "max_days": 30, "cap_days": 0})
        row = self._row(proposal, self.centre)
        with self.assertFails(UserError, "7 days at most"):
            self._as("dora", proposal).action_extend(5)
        self._as("dora", proposal).action_extend(4)
        self.assertEqual(str(row.deadline), "2026-06-08")

    def test_clock_runs_for_whoever_is_there(self):
        """A leader without account, then nobody at all: the deadlines stand."""
        self.east.user_id = False
        self.china.user_id = False
        with freeze_time(MONDAY):
            proposal = self._propose()
        row = self._row(proposal, self.region)
        self.assertIn(self.users["dora"], row.decider_ids)
        self.assertNotIn(self.users["max"], row.decider_ids)
        self.assertEqual(str(row.deadline), "2026-06-03")
        with freeze_time("2026-06-02 08:00:00"):
            self.china.user_id = self.users["sam"]
            self.env["kam.approval"]._cron_remind()
        self.assertEqual(row.decider_ids, self.users["sam"])
        self.assertEqual(str(row.deadline), "2026-06-03")
        self.assertEqual(
            {str(day) for day in row._activities().mapped("date_deadline")},
            {"2026-06-03"},
        )

    def test_cap_wins_over_extension(self):
        """2 + 3 + 7 days would be twelve: the tenth day is the last."""
        proposal = self._at_centre(6)
        row = self._row(proposal, self.centre)
        self.assertEqual(str(row.deadline), "2026-06-09")
        self._as("dora", proposal).action_extend(4)
        self.assertEqual(str(row.deadline), "2026-06-11")
        with self.assertFails(UserError, "7 days at most"):
            self._as("dora", proposal).action_extend(1)
        late = self._at_centre_again(9)
        self.assertEqual(str(self._row(late, self.centre).deadline), "2026-06-11")
        with self.assertFails(UserError, "10 days at most"):
            self._as("dora", late).action_extend(1)

    def _at_centre_again(self, day):
        self.account.pending_proposal_id.sudo().unlink()
        return self._at_centre(day)

    def test_escalation_runs_once(self):
        action = self.env.ref("key_account_management.action_tier_proposal_escalate")
        self.region.overdue_action_ids = action
        with freeze_time(MONDAY):
            proposal = self._propose()
        Approval = self.env["kam.approval"]
        with freeze_time("2026-06-03 08:00:00"):
            Approval._cron_escalate()
        self.assertEqual(self._activities(proposal).user_id, self.users["sue"])
        with freeze_time("2026-06-04 08:00:00"):
            Approval._cron_escalate()
            Approval._cron_escalate()
        self.assertEqual(
            self._activities(proposal).mapped("user_id"),
            self.users["sue"] | self.users["sam"],
        )
        self.assertEqual(len(self._activities(proposal)), 2)

    def test_escalation_ends_with_the_cause(self):
        """More time makes it void; late again, it comes again; decided, it is over."""
        self.centre.write(
            {
                "group_id": self.centre.extend_group_id.id,
                "extend_group_id": self.centre.group_id.id,
                "overdue_action_ids": self.env.ref(
                    "key_account_management.action_tier_proposal_escalate"
                ).ids,
            }
        )
        self.china.kam_parent_id = self.china.create(
            {"name": "World", "user_id": self.users["max"].id}
        )
        self.east.kam_parent_id = self.china.kam_parent_id
        self.greater.active = False
        with freeze_time(MONDAY):
            proposal = self._propose()
            self._as("sue", proposal).action_approve()
        row = self._row(proposal, self.centre)
        told = []
        for day in (4, 5, 6, 8, 9):
            with freeze_time(datetime.fromisoformat(f"2026-06-{day:02} 08:00:00")):
                self.env["kam.approval"]._cron_escalate()
                told.append(self.users["max"] in row._activities().user_id)
                if day == 6:
                    self._as("max", proposal).action_extend(4)
                    self.assertNotIn(self.users["max"], row._activities().user_id)
        self.assertEqual(told, [False, True, True, False, True])
        escalation = row._activities().filtered(lambda a: a.user_id.login == "max")
        self.assertEqual(
            escalation.mapped("summary"), ["Late since 06/08/2026: Centre"]
        )
        self._as("dora", proposal).action_approve()
        self.assertFalse(row._activities())

    def test_superior_is_not_who_was_asked(self):
        """The leader of the greater region is late: that is for the directors."""
        self.greater.overdue_action_ids = self.env.ref(
            "key_account_management.action_tier_proposal_escalate"
        )
        with freeze_time(MONDAY):
            proposal = self._propose()
            self._as("sue", proposal).action_approve()
        with freeze_time("2026-06-20 08:00:00"):
            self.env["kam.approval"]._cron_escalate()
        told = self._row(proposal, self.greater)._activities().user_id
        self.assertLessEqual(self.users["sam"] | self.users["dora"], told)
        self.assertNotIn(self.users["max"], told)

    def test_note_of_lateness(self):
        self.region.overdue_action_ids = self.env.ref(
            "key_account_management.action_tier_proposal_note_late"
        )
        with freeze_time(MONDAY):
            proposal = self._propose()
        with freeze_time("2026-06-04 08:00:00"):
            self.env["kam.approval"]._cron_escalate()
            self.env["kam.approval"]._cron_escalate()
        notes = proposal.message_ids.filtered(lambda m: "Late: Region" in m.body)
        self.assertEqual(len(notes), 1)
        self.assertIn("decided by 06/03/2026", notes.body)

    def test_one_failure_stops_no_other_escalation(self):
        """An overdue action that fails on one document runs on the others."""
        beta = self._customer("Beta")
        self._invoice(beta, 100.0)
        self._refresh()
        self.region.overdue_action_ids = self.env["ir.actions.server"].create(
            {
                "name": "Fails on Beta",
                "model_id": self.model.id,
                "state": "code",
                "code": (
                    "for proposal in records:\n"
                    "    proposal.write({'reason': 'Overdue'})\n"
                    "    if proposal.partner_id.name == 'Beta':\n"
                    "        raise UserError('Beta')"
                ),
            }
        )
        with freeze_time(MONDAY):
            alpha_proposal = self._propose()
            self.account = self._account(beta)
            self.account.team_id = self.east
            beta_proposal = self._propose()
        with (
            freeze_time("2026-06-04 08:00:00"),
            mute_logger(BATCHES),
        ):
            self.env["kam.approval"]._cron_escalate()
        self.assertEqual(alpha_proposal.sudo().reason, "Overdue")
        self.assertEqual(beta_proposal.sudo().reason, "They grow")

    def test_one_failure_stops_no_other_reminder(self):
        """Neither a broken mail, nor a document for which nobody can be found."""
        for login in ("sue", "max"):
            self.users[login].email = f"{login}@example.com"
        max_step = self._step(
            "Side", 10, decider_type="user", user_id=self.users["max"].id
        )
        proposal = self._propose()
        rows = proposal.sudo().approval_ids.filtered(lambda r: r.state == "pending")
        self.assertEqual(rows.decider_ids, self.users["sue"] + self.users["max"])
        cls = self.env.registry["kam.approval"]
        reminder, authorities = cls._reminder_values, cls._authorities

        def fail_for_sue(rows, user):
            if user.login == "sue":
                raise ValueError("No template")
            return reminder(rows, user)

        def fail_for_max(rows):
            if max_step in rows.step_id:
                raise ValueError("No decider")
            return authorities(rows)

        self.patch(cls, "_reminder_values", fail_for_sue)
        self.patch(cls, "_authorities", fail_for_max)
        self.users["sam"].email = "sam@example.com"
        with mute_logger(BATCHES):
            self.east.user_id = self.users["sam"]
            self.env["kam.approval"]._cron_remind()
        region = self._row(proposal, self.region)
        self.assertEqual(region.decider_ids, self.users["sam"])
        mails = self.env["mail.mail"].search([("subject", "ilike", "to approve")])
        for login, count in (("sue", 0), ("sam", 1), ("max", 1)):
            theirs = mails.filtered(lambda m, login=login: login in m.email_to)
            self.assertEqual(len(theirs), count, login)

    def test_reminder_of_several_documents(self):
        """The list of somebody who has several to decide."""
        self.users["sue"].email = "sue@example.com"
        proposals = self._propose()
        customers = self._customers(2)
        self._invoices([(customer, 100.0) for customer in customers])
        self._refresh()
        for customer in customers:
            self.account = self._account(customer)
            self.account.team_id = self.east
            proposals += self._propose()
        self.env["kam.approval"]._cron_remind()
        mail = self.env["mail.mail"].search([("email_to", "ilike", "sue@example.com")])
        self.assertEqual(mail.subject, "3 documents to approve")
        for proposal in proposals.sudo():
            self.assertIn(proposal.account_id.display_name, mail.body_html)

    def test_reminder(self):
        """One mail to each decider, in the reader's language, late ones marked."""
        self.users["sue"].email = "sue@example.com"
        with freeze_time(MONDAY):
            proposal = self._propose()
        with freeze_time("2026-06-05 08:00:00"):
            self.env["kam.approval"]._cron_remind()
        mail = self.env["mail.mail"].search([("email_to", "ilike", "sue@example.com")])
        self.assertEqual(len(mail), 1)
        self.assertEqual(mail.subject, "1 documents to approve")
        self.assertIn(proposal.display_name, mail.body_html)
        self.assertIn("#c0392b", mail.body_html)
        self.assertIn("/odoo/to-approve", mail.body_html)
