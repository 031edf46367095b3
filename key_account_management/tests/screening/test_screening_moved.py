from odoo.tests import tagged

from .common import ScreeningCase


@tagged("post_install", "-at_install")
class TestScreeningMoved(ScreeningCase):
    """The account changes hands while its screening is under review."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.south = cls.env["crm.team"].create(
            {"name": "South", "kam_parent_id": cls.china.id}
        )

    def _hand_over(self):
        self.env["kam.account.handover"].with_user(self.sue).create(
            {
                "from_user_id": self.amy.id,
                "to_user_id": self.ben.id,
                "account_ids": self.account.ids,
                "note": "<p>Yours</p>",
            }
        ).action_hand_over()

    def _move(self, fname):
        if fname == "handover":
            self._hand_over()
        else:
            leader = self.account.with_user(self.users["sam"])
            leader[fname] = self.ben if fname == "manager_id" else self.south

    def _notes(self, screening):
        return " ".join(screening.sudo().message_ids.mapped("body"))

    def test_whoever_was_put_in_charge_stays(self):
        """And the review goes on, whoever applied."""
        for route, manager, team in (
            ("manager_id", self.ben, self.east),
            ("handover", self.ben, self.east),
            ("team_id", self.amy, self.south),
        ):
            self.account.write({"manager_id": self.amy.id, "team_id": self.east.id})
            screening = self._screening()
            self._submit_and_review(screening)
            with self.subTest(route=route):
                self._move(route)
                self.assertIn("Follows the account", self._notes(screening))
                screening.with_user(self.max).action_approve()
                self.assertEqual(screening.sudo().result, "confirmed")
                self.assertEqual(self.account.manager_id, manager)
                self.assertEqual(self.account.team_id, team)
            self.account._assign_tier(self.env["kam.tier"], {})

    def test_handover_before_the_submission(self):
        """A manager who was chosen for the screening stays."""
        screening = self._screening(complete=False)
        self._hand_over()
        self.assertEqual(screening.sudo().manager_id, self.ben)
        screening.sudo().manager_id = self.max
        self.account.with_user(self.sue).manager_id = self.amy
        self.assertEqual(screening.sudo().manager_id, self.max)

    def test_returned_is_completed_by_who_is_in_charge(self):
        """The new manager, or else the leader of the territory."""
        for route, asked in (
            ("manager_id", self.ben),
            ("handover", self.ben),
            ("nobody", self.sue),
        ):
            self.account.write({"manager_id": self.amy.id, "team_id": self.east.id})
            screening = self._screening()
            self._submit_and_review(screening)
            with self.subTest(route=route):
                if route == "nobody":
                    self.amy.active = False
                else:
                    self._move(route)
                screening.with_user(self.max).action_return("Which figures?")
                activity = screening.sudo().activity_ids
                self.assertEqual(activity.user_id, asked)
                if route != "nobody":
                    screening.with_user(asked).action_submit()
                    self.assertEqual(screening.sudo().approval_state, "pending")
            screening.sudo().unlink()

    def test_manager_who_leaves(self):
        """It is returned with the reason, to who can choose another one."""
        screening = self._screening()
        self._submit_and_review(screening)
        self.amy.active = False
        screening.with_user(self.max).action_approve()
        self.assertEqual(screening.sudo().approval_state, "returned")
        activity = screening.sudo().activity_ids
        self.assertEqual(activity.user_id, self.sue)
        self.assertIn("choose another account manager", activity.note)
