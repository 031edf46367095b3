from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged

from .common import VisitCase


@tagged("post_install", "-at_install")
class TestVisitUi(VisitCase, HttpCase):
    """In a real browser."""

    def test_plan_in_one_go(self):
        self.account.tier_date = self.today - timedelta(days=400)
        self.env.flush_all()
        self.start_tour("/odoo/due-visits", "kam_visit_plan_tour", login="amy")
        visits = self.account.visit_ids
        self.assertEqual(set(visits.mapped("state")), {"planned"})
        self.assertEqual(len(visits), 3)
        self.assertEqual(len(visits.event_ids), 3)
        self.assertTrue(min(visits.mapped("start")) > fields.Datetime.now())


@tagged("post_install", "-at_install")
class TestVisitUiOnPhone(VisitCase, HttpCase):
    """Entry must pay the person who makes it."""

    browser_size = "390x844"
    touch_enabled = True

    def test_quick_entry(self):
        """Few entries; back come the next step, the follow-up and the overdue list."""
        last = self._held(200)
        accounts = self.account + self.target_account
        accounts.tier_date = self.today - timedelta(days=400)
        self.env.flush_all()
        due = self.account.visit_due_ids.filtered(lambda d: d.level == "executive")
        self.assertTrue(due.is_overdue)
        self.start_tour(
            f"/odoo/kam.account/{self.account.id}", "kam_visit_record_tour", login="amy"
        )
        visit = self.account.visit_ids.sorted("start")[-1]
        self.assertEqual((visit.state, visit.company_id), ("done", self.company))
        self.assertEqual(visit.main_points, "All parts arrived in time")
        self.assertEqual(visit.contact_ids, self.wang)
        self.assertEqual((visit.attitude, visit.method), ("warm", "face"))
        self.assertEqual(visit.follow_up_state, "open")
        day = self.company._kam_local_date(visit.start)
        self.assertEqual(visit.follow_up_deadline, day + timedelta(days=7))
        step = visit.activity_ids.filtered(lambda a: a.summary == "Send the catalogue")
        self.assertEqual(step.user_id, self.users["amy"])
        self.assertEqual(step.date_deadline, visit.next_step_date)
        self.assertEqual(last.follow_up_state, "done")
