from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from ..common import KamCase

# What each persona may do, by model: r(ead), w(rite), c(reate), u(nlink).
ROLES = ("amy", "sue", "max", "dora", "eve", "tom", "joe")
RIGHTS = {
    "kam.account": ("rwc", "rwc", "rwc", "rwcu", "rwcu", "r", ""),
    "kam.account.member": ("rwcu", "rwcu", "rwcu", "rwcu", "rwcu", "r", ""),
    "kam.account.snapshot": ("r", "r", "r", "r", "r", "r", ""),
    "kam.criterion": ("r", "r", "r", "rwcu", "rwcu", "r", ""),
    "kam.tier": ("r", "r", "r", "rwcu", "rwcu", "r", ""),
    "kam.tier.history": ("r", "r", "r", "r", "r", "r", ""),
    "kam.tier.proposal": ("r", "r", "r", "r", "r", "r", ""),
    "kam.account.propose": ("rwc", "rwc", "rwc", "rwc", "rwc", "", ""),
    "kam.account.snapshot.rebuild": ("", "", "", "rwc", "rwc", "", ""),
    "kam.approval": ("r", "r", "r", "r", "r", "r", ""),
    "kam.approval.decide": ("rwc", "rwc", "rwc", "rwc", "rwc", "", ""),
    "kam.approval.deputy": ("rwcu", "rwcu", "rwcu", "rwcu", "rwcu", "r", ""),
    "kam.approval.step": ("r", "r", "r", "r", "r", "r", ""),
    "kam.credit.assessment": ("", "rwcu", "rwcu", "rwcu", "rwcu", "r", ""),
    "kam.credit.assessment.line": ("", "rwcu", "rwcu", "rwcu", "rwcu", "r", ""),
    "kam.credit.document": ("", "rwcu", "rwcu", "rwcu", "rwcu", "r", ""),
    "kam.credit.document.type": ("", "r", "r", "rwcu", "rwcu", "r", ""),
    "kam.credit.grade": ("", "r", "r", "rwcu", "rwcu", "r", ""),
    "kam.credit.indicator": ("", "r", "r", "rwcu", "rwcu", "r", ""),
    "kam.credit.obligation": ("", "r", "r", "r", "r", "r", ""),
    "kam.credit.release": ("", "r", "r", "r", "r", "r", ""),
    "kam.credit.release.request": ("rwc", "rwc", "rwc", "rwc", "rwc", "", ""),
    "kam.credit.request": ("", "rwcu", "rwcu", "rwcu", "rwcu", "r", ""),
    "kam.credit.statement": ("", "rwcu", "rwcu", "rwcu", "rwcu", "r", ""),
    "kam.order.cancel": ("rwc", "rwc", "rwc", "rwc", "rwc", "", ""),
    "kam.partner.profile": ("rwc", "rwc", "rwc", "rwc", "rwc", "", ""),
    "kam.occasion": ("rwcu", "rwcu", "rwcu", "rwcu", "rwcu", "r", ""),
    "kam.occasion.turn": ("r", "r", "r", "r", "r", "r", ""),
    "kam.thinking.quiz": ("rwc", "rwc", "rwc", "rwc", "rwc", "", ""),
    "kam.account.handover": ("", "rwc", "rwc", "rwc", "rwc", "", ""),
    "kam.account.handover.problem": ("", "r", "r", "r", "r", "", ""),
    "kam.tier.simulate": ("", "", "rwc", "rwc", "rwc", "", ""),
    "kam.tier.simulate.criterion": ("", "", "rwcu", "rwcu", "rwcu", "", ""),
    "kam.tier.simulate.move": ("", "", "rwcu", "rwcu", "rwcu", "", ""),
    "kam.tier.simulate.tier": ("", "", "rwcu", "rwcu", "rwcu", "", ""),
    "kam.screening": ("rwcu", "rwcu", "rwcu", "rwcu", "rwcu", "r", ""),
    "kam.screening.advantage": ("rwcu", "rwcu", "rwcu", "rwcu", "rwcu", "r", ""),
    "kam.screening.competitor": ("rwcu", "rwcu", "rwcu", "rwcu", "rwcu", "r", ""),
    "kam.screening.fail": ("rwc", "rwc", "rwc", "rwc", "rwc", "", ""),
    "kam.screening.resource": ("rwcu", "rwcu", "rwcu", "rwcu", "rwcu", "r", ""),
    "kam.screening.statement": ("rwcu", "rwcu", "rwcu", "rwcu", "rwcu", "r", ""),
    "kam.risk.indicator": ("r", "r", "r", "rwcu", "rwcu", "r", ""),
    "kam.risk.line": ("rwcu", "rwcu", "rwcu", "rwcu", "rwcu", "r", ""),
    "kam.development.contact": ("rwcu", "rwcu", "rwcu", "rwcu", "rwcu", "r", ""),
    "kam.development.record": ("r", "r", "r", "r", "r", "r", ""),
    "kam.visit": ("rwcu", "rwcu", "rwcu", "rwcu", "rwcu", "r", ""),
    "kam.visit.cadence": ("r", "r", "rwcu", "rwcu", "rwcu", "r", ""),
    "kam.visit.check": ("rwcu", "rwcu", "rwcu", "rwcu", "rwcu", "r", ""),
    "kam.visit.coverage": ("r", "r", "r", "r", "r", "r", ""),
    "kam.visit.due": ("r", "r", "r", "r", "r", "r", ""),
    "kam.visit.finding": ("rwcu", "rwcu", "rwcu", "rwcu", "rwcu", "r", ""),
    "kam.visit.plan": ("rwc", "rwc", "rwc", "rwc", "rwc", "", ""),
    "kam.visit.plan.line": ("rwcu", "rwcu", "rwcu", "rwcu", "rwcu", "", ""),
    "kam.visit.record": ("rwc", "rwc", "rwc", "rwc", "rwc", "", ""),
    "kam.visit.type": ("r", "r", "rwcu", "rwcu", "rwcu", "r", ""),
    "kam.visit.type.check": ("r", "r", "rwcu", "rwcu", "rwcu", "r", ""),
}
OPERATIONS = {"r": "read", "w": "write", "c": "create", "u": "unlink"}


@tagged("post_install", "-at_install")
class TestAccessRights(KamCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partners = cls._customers(4)
        cls._invoices([(partner, 1500000.0) for partner in cls.partners])
        cls._refresh()
        cls.hers, cls.helped, cls.east_account, cls.nobodys = (
            cls._account(partner) for partner in cls.partners
        )
        cls.hers.manager_id = cls.users["amy"]
        cls.helped.member_ids = [Command.create({"user_id": cls.users["ben"].id})]
        cls.east_account.team_id = cls.east

    def test_rights_of_each_persona(self):
        portal = new_test_user(self.env, login="portal", groups="base.group_portal")
        for model, rights in RIGHTS.items():
            for login, allowed in [*zip(ROLES, rights, strict=True), (portal, "")]:
                user = self.users.get(login) or portal
                Model = self.env[model].with_user(user)
                for letter, operation in OPERATIONS.items():
                    with self.subTest(model=model, user=user.login, op=operation):
                        self.assertEqual(Model.has_access(operation), letter in allowed)

    def test_every_model_is_covered(self):
        models = {
            name
            for name, model in self.env.registry.items()
            if name.startswith("kam.") and not model._abstract
        }
        self.assertEqual(models, set(RIGHTS))

    def test_who_sees_which_account(self):
        everything = self.hers + self.helped + self.east_account + self.nobodys
        for login, accounts in (
            ("amy", self.hers),
            ("ben", self.helped),
            ("sue", self.east_account),
            ("sam", self.east_account),
            ("max", everything),
            ("eve", everything),
            ("tom", everything),
        ):
            with self.subTest(login=login):
                env = self.env(user=self.users[login])
                self.assertEqual(env["kam.account"].search([]), accounts)
                proposals = env["kam.tier.proposal"].search([])
                self.assertEqual(proposals.account_id, accounts)
                for model in ("kam.account.member", "kam.tier.history"):
                    self.assertLessEqual(
                        env[model].search([]).account_id, accounts, model
                    )

    def test_territory_follows_the_hierarchy(self):
        self.assertEqual(
            self.east.kam_leader_ids, self.users["sue"] | self.users["sam"]
        )
        self.east.kam_parent_id = False
        self.env.flush_all()
        accounts = self.Account.with_user(self.users["sam"]).search([])
        self.assertNotIn(self.east_account, accounts)
        self.china.user_id = self.users["sue"]
        self.east.user_id = False
        self.env.flush_all()
        accounts = self.Account.with_user(self.users["sue"]).search([])
        self.assertNotIn(self.east_account, accounts)

    def test_territory_is_not_above_itself(self):
        with self.assertFails(ValidationError, "recursive territories"):
            self.china.kam_parent_id = self.east

    def test_replaced_member_leaves_a_trace(self):
        member = self.env["kam.account.member"].create(
            {"account_id": self.hers.id, "user_id": self.users["ben"].id}
        )
        before = self.hers.message_ids
        member.with_context(tracking_disable=False).write(
            {"user_id": self.users["joe"].id}
        )
        notes = (self.hers.message_ids - before).sorted("id").mapped("body")
        self.assertIn(self.users["ben"].name, notes[0])
        self.assertIn("Left the account team", notes[0])
        self.assertIn(self.users["joe"].name, notes[1])
        member.with_context(tracking_disable=False).role = "finance"
        self.assertEqual(len(self.hers.message_ids - before), 2)

    def test_people_in_charge_cannot_be_defaults(self):
        partner = self._customer("New")
        for login, fname, value in (
            ("amy", "manager_id", self.users["ben"].id),
            ("amy", "team_id", self.east.id),
        ):
            Account = self.Account.with_user(self.users[login])
            with self.subTest(fname), self.assertRaises(AccessError):
                Account.with_context(**{f"default_{fname}": value}).create(
                    {"partner_id": partner.id}
                )
        account = self.Account.with_user(self.users["amy"]).create(
            {"partner_id": partner.id}
        )
        self.assertEqual(account.manager_id, self.users["amy"])
        with self.assertFails(AccessError, "cannot be entered"):
            account.action_archive()  # as the customer is, not by itself

    def test_customer_of_an_account_is_fixed(self):
        account = self.hers.with_user(self.users["eve"])
        account.write(
            {"partner_id": account.partner_id.id, "company_id": self.company.id}
        )
        with self.assertFails(AccessError, "are fixed"):
            account.partner_id = self._customer("Another")
        with self.assertFails(AccessError, "are fixed"):
            account.company_id = self.env.ref("base.main_company")

    def test_decisions_cannot_be_forged(self):
        proposal = self.hers.pending_proposal_id.with_user(self.users["eve"])
        with self.assertRaises(AccessError):
            proposal.write({"approval_state": "approved"})
        with self.assertRaises(AccessError):
            proposal.create({"account_id": self.hers.id})
        with self.assertRaises(AccessError):
            proposal.unlink()
        with self.assertRaises(AccessError):
            proposal.env["kam.tier.history"].create({"account_id": self.hers.id})
        # x2many commands fall back to the user of the request, here OdooBot's.
        self.patch(self.env.transaction, "default_env", proposal.env)
        for field in ("proposal_ids", "history_ids"):
            command = Command.create({"approval_state": "approved"})
            with self.assertRaises(AccessError):
                self.hers.with_user(self.users["eve"]).write({field: [command]})

    def test_people_in_charge_are_set_by_leaders(self):
        account = self.hers.with_user(self.users["amy"])
        with self.assertFails(AccessError, "Only the leader"):
            account.manager_id = self.users["ben"]
        with self.assertFails(AccessError, "Only the leader"):
            account.team_id = self.east
        self.east_account.with_user(self.users["sue"]).manager_id = self.users["ben"]
        self.assertEqual(self.east_account.manager_id, self.users["ben"])

    def test_team_is_chosen_by_leaders(self):
        """A member could let others read everything, the personal data included."""
        members = self.env["kam.account.member"]
        zoe = self.users["eve"].id
        new = {"account_id": self.helped.id, "user_id": zoe}
        his = self.helped.member_ids.with_user(self.users["ben"])
        for route in (
            lambda: members.with_user(self.users["ben"]).create(new),
            lambda: his.write({"role": "manager"}),
            lambda: his.unlink(),
            lambda: self.helped.with_user(self.users["ben"]).write(
                {"member_ids": [Command.create({"user_id": zoe})]}
            ),
        ):
            with self.assertRaises(AccessError):
                route()
        with self.assertFails(AccessError, "Only the leader"):
            members.with_user(self.users["amy"]).create(
                {**new, "account_id": self.hers.id}
            )
        own = members.with_user(self.users["max"]).create(
            {**new, "account_id": self.hers.id}
        )
        with self.assertFails(AccessError, "cannot be moved to another account"):
            own.account_id = self.nobodys
        self.assertEqual(own.account_id, self.hers)
        self.assertEqual(self.helped.member_ids.user_id, self.users["ben"])

    def test_changes_of_the_team_are_on_record(self):
        account = self.hers.with_user(self.users["max"]).with_context(
            tracking_disable=False
        )
        member = account.member_ids.create(
            {"account_id": account.id, "user_id": self.users["ben"].id}
        )
        member.unlink()
        name = self.users["ben"].name
        notes = account.message_ids[:2].mapped("body")
        self.assertIn(f"Left the account team: {name}", notes[0])
        self.assertIn(f"Joined the account team: {name}", notes[1])

    def test_account_manager_starts_an_account(self):
        Account = self.Account.with_user(self.users["amy"])
        account = Account.create({"partner_id": self._customer("Prospect").id})
        self.assertEqual(account.manager_id, self.users["amy"])
        with self.assertFails(AccessError, "Only the leader"):
            Account.create(
                {
                    "partner_id": self._customer("Another").id,
                    "manager_id": self.users["ben"].id,
                }
            )

    def test_account_manager_rates_and_notes(self):
        account = self.hers.with_user(self.users["amy"])
        account.write(
            {"influence": 60, "note": "Knows everybody", "size_manual": False}
        )
        self.assertEqual(account.influence, 60)
        with self.assertRaises(AccessError):
            self.nobodys.with_user(self.users["amy"]).influence = 60
        with self.assertRaises(AccessError):
            self.hers.with_user(self.users["tom"]).influence = 60

    def test_refresh_button(self):
        for login in ("amy", "tom", "joe"):
            with self.assertRaises(AccessError):
                self.Account.with_user(self.users[login]).action_refresh_now()
        action = self.Account.with_user(self.users["sue"]).action_refresh_now()
        self.assertIn("4 customers", action["params"]["message"])

    def test_account_is_not_copied(self):
        with self.assertFails(UserError, "one account per company"):
            self.hers.copy()

    def test_explanation_opens_for_account_managers(self):
        account = self.hers.with_user(self.users["amy"])
        self.assertTrue(account.explanation["criteria"])
        action = account.action_view_records("revenue_12m")
        self.env[action["res_model"]].with_user(self.users["amy"]).search_count(
            action["domain"]
        )
        with self.assertRaises(AccessError):
            self.nobodys.with_user(self.users["amy"]).read(["explanation"])

    def test_dialogs_are_private(self):
        """What one enters in a dialog is read by nobody else, by no route."""
        models = self.env["ir.model"].search(
            [("transient", "=", True), ("model", "=like", "kam.%")]
        )
        self.assertGreaterEqual(len(models), 10)
        domains = {
            rule.model_id: rule.domain_force
            for rule in self.env["ir.rule"].search(
                [("model_id", "in", models.ids), ("groups", "=", False)]
            )
        }
        for model in models:
            with self.subTest(model=model.model):
                self.assertEqual(domains.get(model), "[('create_uid', '=', user.id)]")
        mine = (
            self.env["kam.account.propose"]
            .with_user(self.users["max"])
            .create({"account_id": self.hers.id, "reason": "Between us"})
        )
        with self.assertRaises(AccessError):
            mine.with_user(self.users["sue"]).read(["reason"])
