from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged

from .common_visit import VisitCase


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

    def test_quick_entry(self):
        self._held(20)
        self.start_tour(
            f"/odoo/kam.account/{self.account.id}", "kam_visit_record_tour", login="amy"
        )
        visit = self.account.visit_ids.sorted("start")[-1]
        self.assertEqual(visit.main_points, "All parts arrived in time")
        self.assertEqual(visit.contact_ids, self.wang)
        self.assertEqual(visit.attitude, "warm")
        self.assertEqual(visit.follow_up_state, "open")
