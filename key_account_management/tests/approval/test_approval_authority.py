from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from ..common import PERSONAS
from .common import ApprovalCase


@tagged("post_install", "-at_install")
class TestApprovalAuthority(ApprovalCase):
    """Nobody makes himself a decider: by absences, teams, territories or managers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.south = cls.env["crm.team"].create({"name": "South"})
        cls.sia = cls._new_user("sia", "supervisor")
        cls.south.user_id = cls.sia
        cls.dates = {
            "date_from": cls._months_ago(1),
            "date_to": cls._months_ago(-1),
        }

    @classmethod
    def _new_user(cls, login, group, company=None):
        company = company or cls.company
        return new_test_user(
            cls.env,
            login=login,
            groups=f"base.group_user,key_account_management.group_kam_{group}",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )

    def _directors(self):
        """Those of the company: other data may bring more."""
        directors = self.env.ref("key_account_management.group_kam_director")
        return directors.all_user_ids.filtered(
            lambda user: self.company in user.company_ids
        )

    def _deputies(self, user):
        return self.env["kam.approval.deputy"].with_user(user)

    # ------------------------------------------------------------
    # Absences
    # ------------------------------------------------------------

    def test_own_absence_is_not_made_that_of_the_superior(self):
        """In one call or in two, for each persona and each superior."""
        for login in PERSONAS:
            user = self.users[login]
            Deputy = self._deputies(user)
            if not Deputy.has_access("create"):
                continue
            for other in self.env["res.users"].union(*self.users.values()) - user:
                absence = Deputy.create({"deputy_id": other.id, **self.dates})
                for route, values in (
                    ("both", {"user_id": other.id, "deputy_id": user.id}),
                    ("absent", {"user_id": other.id, "deputy_id": self.sia.id}),
                ):
                    with self.subTest(user=login, absent=other.login, route=route):
                        if route == "absent" and user._kam_outranks(other):
                            continue
                        with self.assertRaises(UserError):
                            absence.write(values)
                        with self.assertRaises(UserError):
                            Deputy.create({**self.dates, **values})
                absence.unlink()

    def test_who_chooses_deputies(self):
        absence = {"user_id": self.users["sue"].id, "deputy_id": self.users["ben"].id}
        for login in ("sam", "max", "dora", "eve"):
            with self.subTest(login):
                self._deputies(self.users[login]).create({**self.dates, **absence})
        with self.assertRaises(AccessError):
            self._deputies(self.users["amy"]).create({**self.dates, **absence})
        with self.assertFails(AccessError, "It is for sue"):
            self._deputies(self.sia).create({**self.dates, **absence})

    def test_leader_chooses_for_nobody_above(self):
        """Not for those who lead elsewhere, either, though they work in the team."""
        (
            self.users["sam"] | self.users["max"] | self.users["ben"]
        ).sale_team_id = self.east
        self.south.kam_parent_id = self.china
        for login, allowed in (("ben", 1), ("sam", 0), ("max", 0), ("sia", 0)):
            absent = self.users.get(login) or self.sia
            with self.subTest(absent=login):
                values = {
                    "user_id": absent.id,
                    "deputy_id": self.users["amy"].id,
                    **self.dates,
                }
                if allowed:
                    self._deputies(self.users["sue"]).create(values)
                    continue
                with self.assertFails(AccessError, "It is for"):
                    self._deputies(self.users["sue"]).create(values)

    def test_administrator_chooses_for_anybody(self):
        admin = new_test_user(
            self.env,
            login="adm",
            groups="base.group_user,base.group_system",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        values = {"user_id": self.users["eve"].id, **self.dates}
        self._deputies(admin).create({**values, "deputy_id": self.users["dora"].id})
        with self.assertFails(AccessError, "It is for eve"):
            self._deputies(admin).create({**values, "deputy_id": admin.id})

    def test_director_is_no_deputy_of_the_general_manager_by_own_hand(self):
        for deputy in ("dora", "max"):
            with self.assertFails(AccessError, "It is for eve"):
                self._deputies(self.users["dora"]).create(
                    {
                        "user_id": self.users["eve"].id,
                        "deputy_id": self.users[deputy].id,
                        **self.dates,
                    }
                )
        with self.assertFails(AccessError, "It is for max"):
            self._deputies(self.users["dora"]).create(
                {
                    "user_id": self.users["max"].id,
                    "deputy_id": self.users["dora"].id,
                    **self.dates,
                }
            )

    def test_deputy_has_a_company(self):
        other = self._create_company("Other")
        stranger = self._new_user("stranger", "supervisor", other)
        with self.assertFails(ValidationError, "stranger .*does not work for"):
            self.env["kam.approval.deputy"].create(
                {
                    "user_id": self.users["sue"].id,
                    "deputy_id": stranger.id,
                    **self.dates,
                }
            )
        self.account.member_ids = [Command.create({"user_id": self.users["ben"].id})]
        both = {"company_ids": [Command.link(other.id)]}
        (self.users["sue"] | self.users["ben"]).write(both)
        absence = self.env["kam.approval.deputy"].create(
            {
                "company_id": other.id,
                "user_id": self.users["sue"].id,
                "deputy_id": self.users["ben"].id,
                **self.dates,
            }
        )
        row = self._row(self._propose(), self.region)
        self.assertNotIn(self.users["ben"].id, row._authorities()[row])
        absence.company_id = self.company
        self.assertIn(self.users["ben"].id, row._authorities()[row])
        self.assertIn(self.users["ben"], row.decider_ids)

    def test_menu_of_deputies(self):
        menu = self.env.ref("key_account_management.kam_menu_deputies")
        for login in PERSONAS:
            visible = self.env["ir.ui.menu"].with_user(self.users[login])
            with self.subTest(login):
                self.assertIn(menu.id, visible._visible_menu_ids())

    # ------------------------------------------------------------
    # Four eyes count principals
    # ------------------------------------------------------------

    def test_deputy_decides_then_the_absent(self):
        """Region and greater region are both led by sue: one person, one step."""
        self.china.user_id = self.users["sue"]
        self.env["kam.approval.deputy"].create(
            {
                "user_id": self.users["sue"].id,
                "deputy_id": self.users["ben"].id,
                **self.dates,
            }
        )
        self.account.member_ids = [Command.create({"user_id": self.users["ben"].id})]
        proposal = self._propose()
        self._as("ben", proposal).action_approve()
        row = self._row(proposal, self.greater)
        self.assertEqual(row.state, "pending")
        with self.assertFails(AccessError, "not allowed"):
            self._as("sue", proposal).action_approve()
        with self.assertFails(AccessError, "not allowed"):
            self._as("ben", proposal).action_approve()
        self.assertNotIn(self.users["sue"], row.decider_ids)

    def test_absent_decides_then_the_deputy(self):
        self.china.user_id = self.users["sue"]
        self.env["kam.approval.deputy"].create(
            {
                "user_id": self.users["sue"].id,
                "deputy_id": self.users["ben"].id,
                **self.dates,
            }
        )
        self.account.member_ids = [Command.create({"user_id": self.users["ben"].id})]
        proposal = self._propose()
        self._as("sue", proposal).action_approve()
        with self.assertFails(AccessError, "not allowed"):
            self._as("ben", proposal).action_approve()

    # ------------------------------------------------------------
    # Territories and people
    # ------------------------------------------------------------

    def test_stranger_does_not_join_the_team(self):
        """The create rule would be true because of the new row."""
        for login in ("ben", "sia", "joe"):
            user = self.users.get(login) or self.sia
            Member = self.env["kam.account.member"].with_user(user)
            with self.subTest(login), self.assertRaises(AccessError):
                Member.create({"account_id": self.account.id, "user_id": user.id})

    def test_only_the_leader_chooses_the_people(self):
        amy = self.account.with_user(self.users["amy"])
        member = {"account_id": self.account.id, "user_id": self.users["joe"].id}
        with self.assertFails(AccessError, "Only the leader"):
            amy.write({"member_ids": [Command.create({"user_id": member["user_id"]})]})
        with self.assertFails(AccessError, "Only the leader"):
            amy.write({"manager_id": self.users["ben"].id})
        self.account.member_ids = [Command.create({"user_id": self.sia.id})]
        for values in (
            {"team_id": self.south.id},
            {"manager_id": self.sia.id},
        ):
            with self.assertFails(AccessError, "Only the leader"):
                self.account.with_user(self.sia).write(values)
        sue = self.account.with_user(self.users["sue"])
        with self.assertRaises(AccessError):
            sue.write({"team_id": self.south.id})
        sue.write({"manager_id": self.users["ben"].id})
        self.env["kam.account.member"].with_user(self.users["sue"]).create(member)

    def test_change_of_territory_hands_no_decision_over(self):
        proposal = self._propose()
        self.account.team_id = self.south
        with self.assertFails(AccessError, "not allowed"):
            proposal.with_user(self.users["max"]).action_approve()
        self.account.member_ids = [Command.create({"user_id": self.sia.id})]
        with self.assertFails(AccessError, "not allowed"):
            proposal.with_user(self.sia).action_approve()
        row = self._row(proposal, self.region)
        self.assertEqual(row.team_id, self.east)
        # Those who lead the East may not read it any more.
        self.assertEqual(set(row._authorities()[row]), set(self._directors().ids))
        self.assertEqual(row.decider_ids, self._directors())

    def test_change_of_the_territories_hands_no_decision_over(self):
        proposal = self._propose()
        self._as("sue", proposal).action_approve()
        row = self._row(proposal, self.greater)
        self.assertEqual(row.team_id, self.china)
        self.east.kam_parent_id = self.south
        self.env.flush_all()
        self.assertNotIn(self.sia.id, row._authorities()[row])
        with self.assertFails(AccessError, "not allowed"):
            proposal.with_user(self.sia).action_approve()

    def test_change_of_manager_hands_no_decision_over(self):
        self.region.write({"decider_type": "field", "user_field": "manager_id"})
        proposal = self._propose("sue")
        self.account.manager_id = self.users["ben"]
        row = self._row(proposal, self.region)
        self.assertEqual(set(row._authorities()[row]), set(self._directors().ids))

    def test_leader_without_the_role_decides_nothing(self):
        self.east.user_id = self.users["amy"]
        proposal = self._propose("ben")
        row = self._row(proposal, self.region)
        self.assertEqual(set(row._authorities()[row]), {self.users["sam"].id})

    def test_people_of_another_company(self):
        stranger = self._new_user(
            "stranger", "supervisor", self._create_company("Other")
        )
        for login in ("sue", "max", "eve"):
            account = self.account.with_user(self.users[login])
            with self.subTest(login):
                with self.assertRaises(UserError):
                    account.write({"manager_id": stranger.id})
                with self.assertRaises(UserError):
                    account.write(
                        {"member_ids": [Command.create({"user_id": stranger.id})]}
                    )
        with self.assertFails(ValidationError, "does not work for"):
            self.account.manager_id = stranger
