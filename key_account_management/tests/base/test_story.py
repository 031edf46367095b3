from datetime import timedelta

from odoo import Command, fields
from odoo.tests import HttpCase, tagged

from ..screening.common import ScreeningCase

POSITION = (31.2304, 121.4737)


class StoryCase(ScreeningCase, HttpCase):
    """What the story must have left behind, however it was told."""

    def _check_account(self, screening):
        """The lead has become a key account with a file and a first visit."""
        self.assertEqual((screening.result, screening.stage), ("confirmed", "archived"))
        account = screening.account_id
        self.assertEqual(account.company_id, self.company)
        self.assertEqual(account.partner_id.name, "Beta Works")
        self.assertEqual(account.tier_id, self.key)
        self.assertEqual(account.manager_id, self.amy)
        self.assertEqual(account.team_id, self.east)
        self.assertEqual(account.history_ids.user_id, self.max)
        self.assertEqual(self.lead.partner_id.name, "Bea Lee")
        self.assertEqual(self.lead.partner_id.parent_id, account.partner_id)
        self.assertEqual(self.lead.type, "opportunity")
        self._check_first_visit(account.visit_ids)

    def _check_first_visit(self, visit):
        day = self._working_day(self.company._kam_today() + timedelta(days=7))
        self.assertEqual((visit.state, visit.purpose), ("draft", "First visit"))
        self.assertEqual(self.company._kam_local_date(visit.start), day)
        self.assertEqual(visit.user_id, self.amy)
        self.assertEqual(visit.user_ids, self.amy + self.sue, "the supervisor, too")
        self.assertEqual(visit.contact_ids, self.lead.partner_id)
        activity = visit.activity_ids
        self.assertEqual((activity.user_id, activity.date_deadline), (self.amy, day))

    def _check_visit(self, visit, told):
        """Planned, attended, recorded, closed and followed up.

        :param told: moment before the visit was told in the browser
        """
        self.assertEqual((visit.state, visit.purpose), ("done", "See the plant"))
        self.assertEqual(visit.company_id, self.company)
        self.assertEqual(visit.user_ids, self.amy + self.sue + self.ben)
        self.assertTrue(told <= visit.check_in <= visit.check_out)
        self.assertEqual(visit.start, visit.check_in, "it took place before its time")
        self.assertTrue(visit.has_position)
        position = (visit.check_in_latitude, visit.check_in_longitude)
        self.assertEqual(position, POSITION)
        self.assertEqual(visit.check_ids.mapped("is_done").count(True), 1)
        self.assertEqual(visit.main_points, "They want it in spring")
        self.assertEqual(visit.customer_thinking, "They fear standstills")
        self.assertEqual(visit.latest_info, "A second hall is planned")
        self.assertEqual(visit.improvement, "Bring samples")
        event = visit.event_id
        self.assertEqual((event.start, event.stop), (visit.start, visit.stop))
        self.assertEqual(event.partner_ids, visit.user_ids.partner_id)
        self._check_findings(visit)
        self._check_follow_up(visit)

    def _check_findings(self, visit):
        """One has become an opportunity, the other an activity with an owner."""
        week = self.company._kam_today() + timedelta(days=7)
        opportunity, problem = visit.finding_ids.sorted("id")
        lead = opportunity.lead_id
        self.assertEqual((lead.name, lead.type), ("New line", "opportunity"))
        self.assertEqual(lead.partner_id, visit.contact_ids)
        self.assertEqual((lead.user_id, lead.team_id), (self.amy, self.east))
        self.assertEqual(lead.company_id, self.company)
        self.assertEqual(lead.date_deadline, week)
        activity = problem.activity_id
        self.assertEqual(activity.summary, "Problem: Burrs")
        self.assertEqual(activity.res_id, visit.account_id.id)
        self.assertEqual((activity.user_id, activity.date_deadline), (self.amy, week))
        self.assertEqual(visit.finding_ids.mapped("state"), ["handed", "handed"])

    def _check_follow_up(self, visit):
        """Within seven days, as an activity, which the call has closed."""
        day = self.company._kam_local_date(visit.start)
        self.assertEqual(visit.follow_up_deadline, day + timedelta(days=7))
        self.assertEqual(visit.follow_up_date, self.company._kam_today())
        self.assertEqual(visit.follow_up_state, "done")
        done = visit.with_context(active_test=False).activity_ids - visit.activity_ids
        follow_up = self.env.ref("key_account_management.mail_act_visit_follow_up")
        closed = done.filtered(lambda a: a.activity_type_id == follow_up)
        self.assertEqual(closed.date_deadline, visit.follow_up_deadline)
        step = visit.activity_ids
        self.assertEqual((step.summary, step.user_id), ("Send the offer", self.amy))


@tagged("post_install", "-at_install")
class TestStory(StoryCase):
    """From a lead to a customer who has been visited, in a browser of each of three."""

    def test_story(self):
        lead_url = f"/odoo/crm.lead/{self.lead.id}"
        self.start_tour(lead_url, "kam_story_screening_tour", login="amy")
        screening = self.lead.kam_screening_ids
        self.assertEqual(screening.approval_state, "pending")
        self.assertEqual(screening.company_id, self.company)
        self.assertEqual(screening.competitor_ids.mapped("share"), [40.0])
        self.assertEqual(screening.advantage_ids.kind, "waste")
        self.assertEqual((screening.fit, screening.risk_score), (80.0, 80.0))
        self.assertEqual(screening.contact_count, 1)
        for login in ("sue", "max"):
            self.start_tour("/odoo/to-approve", "kam_story_decide_tour", login=login)
        screening.invalidate_recordset()
        self._check_account(screening)

        told = fields.Datetime.now()
        self.start_tour(lead_url, "kam_story_visit_tour", login="amy")
        visit = screening.account_id.visit_ids
        visit.invalidate_recordset()
        self._check_visit(visit, told)


@tagged("post_install", "-at_install")
class TestStoryOnPhone(StoryCase):
    """The visit of the story, on a phone."""

    browser_size = "390x844"
    touch_enabled = True

    def test_visit(self):
        screening = self._screening(lead_id=self.lead.id)
        screening.write(
            {
                "no_competitor": False,
                "competitor_ids": [Command.create({"name": "Rival"})],
                "advantage_ids": [
                    Command.create({"kind": "waste", "name": "Made to measure"})
                ],
            }
        )
        self._confirm(screening)
        self._check_account(screening)
        told = fields.Datetime.now()
        self.start_tour("/odoo/visits", "kam_story_visit_phone_tour", login="amy")
        visit = screening.account_id.visit_ids
        visit.invalidate_recordset()
        self._check_visit(visit, told)
