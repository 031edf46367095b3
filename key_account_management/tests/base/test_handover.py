from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged
from odoo.tests.common import warmup

from ..common import KamCase

FEW, MANY = 4, 40


class HandoverCase(KamCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.amy, cls.ben, cls.sue = (cls.users[n] for n in ("amy", "ben", "sue"))
        cls.partners = cls._customers(2)
        cls._invoices([(partner, 100.0) for partner in cls.partners])
        cls._refresh()
        cls.moving, cls.staying = (cls._account(p) for p in cls.partners)
        cls.accounts = cls.moving + cls.staying
        cls.accounts.write({"manager_id": cls.amy.id, "team_id": cls.east.id})
        cls.contacts = cls.env["res.partner"].create(
            [
                {
                    "name": "Buyer",
                    "parent_id": partner.id,
                    "kam_owner_id": cls.amy.id,
                }
                for partner in cls.partners
            ]
        )

    def _wizard(self, accounts=None, login="sue", **values):
        return (
            self.env["kam.account.handover"]
            .with_user(self.users[login])
            .create(
                {
                    "from_user_id": self.amy.id,
                    "to_user_id": self.ben.id,
                    "account_ids": [Command.set((accounts or self.moving).ids)],
                    "note": "<p>Price talks in March</p>",
                    **values,
                }
            )
        )

    def _get_problems(self, action):
        """What the list shows that opens after the handover, to whoever hands over."""
        after = action["params"]["next"]
        problems = self.env[after["res_model"]].with_user(self.sue)
        return problems.search(after["domain"])

    def _get_note(self, account):
        return account.message_ids.filtered(lambda m: "Price talks" in m.body)


KEPT = "Kept for good."


@tagged("post_install", "-at_install")
class TestHandover(HandoverCase):
    """Everything known about the account moves along (C7)."""

    def test_visits(self):
        """Those to come, and what is open from those that took place."""
        start = fields.Datetime.now() + timedelta(days=2)
        values = {
            "account_id": self.moving.id,
            "user_id": self.amy.id,
            "purpose": "Talk",
            "main_points": "Well",
            "start": start,
        }
        planned, held, missed, elsewhere = self.env["kam.visit"].create(
            [
                {**values, "state": "planned"},
                {**values, "state": "done", "start": start - timedelta(days=4)},
                {**values, "start": start + timedelta(days=1), "state": "planned"},
                {
                    **values,
                    "account_id": self.staying.id,
                    "start": start + timedelta(days=2),
                    "state": "planned",
                },
            ]
        )
        held.finding_ids = [
            Command.create({"kind": "promise", "name": "Manual", "user_id": user.id})
            for user in (self.amy, self.sue)
        ]
        self.env.flush_all()
        self.env.cr.execute(
            """UPDATE kam_visit SET start = start - INTERVAL '5 days',
                stop = stop - INTERVAL '5 days' WHERE id = %s""",
            [missed.id],
        )
        self.env.invalidate_all()
        self._wizard().action_hand_over()
        self.assertEqual(planned.user_id, self.ben)
        self.assertEqual(planned.user_ids, self.ben)
        self.assertEqual(planned.event_id.partner_ids, self.ben.partner_id)
        self.assertEqual((held + missed + elsewhere).user_id, self.amy)
        self.assertEqual(held.activity_ids.user_id, self.ben, "the follow-up")
        self.assertEqual(held.finding_ids.user_id, self.ben + self.sue)

    def test_visit_that_overlaps(self):
        """It becomes a draft of the new manager, and all the rest moves."""
        start = fields.Datetime.now() + timedelta(days=2)
        values = {"account_id": self.moving.id, "purpose": "Talk", "state": "planned"}
        overlapping, fitting, own = self.env["kam.visit"].create(
            [
                {**values, "user_id": user.id, "start": day}
                for user, day in (
                    (self.amy, start),
                    (self.amy, start + timedelta(days=1)),
                    (self.ben, start),
                )
            ]
        )
        lead = self.env["crm.lead"].create(
            {
                "name": "Deal",
                "type": "opportunity",
                "partner_id": self.contacts[0].id,
                "user_id": self.amy.id,
            }
        )
        action = self._wizard(self.accounts).action_hand_over()
        self.assertEqual(self.accounts.manager_id, self.ben)
        self.assertEqual(self.contacts.kam_owner_id, self.ben)
        self.assertEqual((overlapping + fitting + own).user_id, self.ben)
        self.assertEqual(lead.user_id, self.ben)
        self.assertEqual(overlapping.state, "draft")
        self.assertFalse(overlapping.event_id.active)
        self.assertEqual((fitting + own).mapped("state"), ["planned"] * 2)
        params = action["params"]
        self.assertEqual(params["type"], "warning")
        self.assertIn("Accounts handed over to ben", params["message"])
        self.assertIn(": 2. To check: 1", params["message"])
        problem = self._get_problems(action)
        self.assertEqual(problem.name, overlapping.display_name)
        self.assertEqual(problem.outcome, "Handed over as a draft")
        self.assertIn("cannot be at", problem.reason)
        opened = problem.action_open()
        self.assertEqual(
            (opened["res_model"], opened["res_id"]), ("kam.visit", overlapping.id)
        )
        self.assertIn(
            f"{overlapping.display_name}: Handed over as a draft",
            self._get_note(self.moving).body,
        )

    def test_problems_stay_with_their_account(self):
        """Who reads one account learns nothing of other customers."""
        start = fields.Datetime.now() + timedelta(days=2)
        values = {"purpose": "Talk", "state": "planned", "start": start}
        theirs, own = self.env["kam.visit"].create(
            [
                {**values, "account_id": self.moving.id, "user_id": self.amy.id},
                {**values, "account_id": self.staying.id, "user_id": self.ben.id},
            ]
        )
        action = self._wizard(self.accounts).action_hand_over()
        self.assertIn(self.partners[1].name, self._get_problems(action).reason)
        for account, other in (self.accounts, self.accounts[::-1]):
            body = self._get_note(account).body
            self.assertNotIn(other.partner_id.name, body)
            self.assertNotIn((own if account == self.moving else theirs).name, body)
        self.assertIn("Please check", self._get_note(self.moving).body)
        self.assertNotIn("Please check", self._get_note(self.staying).body)

    def test_visit_that_cannot_become_a_draft(self):
        """It stays as it was, and the others move."""
        start = fields.Datetime.now() + timedelta(days=2)
        values = {"account_id": self.moving.id, "purpose": "Talk", "state": "planned"}
        stuck, fitting, _own = self.env["kam.visit"].create(
            [
                {**values, "user_id": user.id, "start": day}
                for user, day in (
                    (self.amy, start),
                    (self.amy, start + timedelta(days=1)),
                    (self.ben, start),
                )
            ]
        )
        draft = self.registry["kam.visit"].action_draft

        def refuse(visits):
            draft(visits)
            raise UserError(KEPT)

        self.patch(self.registry["kam.visit"], "action_draft", refuse)
        problem = self._get_problems(self._wizard().action_hand_over())
        self.assertEqual(problem.outcome, "Not handed over")
        self.assertEqual((stuck.user_id, stuck.state), (self.amy, "planned"))
        self.assertEqual((fitting.user_id, fitting.state), (self.ben, "planned"))

    def test_activity_that_stays_opens_its_document(self):
        activity = self.contacts[0].activity_schedule(
            "mail.mail_activity_data_call", user_id=self.amy.id
        )
        write = self.registry["mail.activity"].write

        def refuse(records, vals):
            if "user_id" in vals and activity in records:
                raise UserError(KEPT)
            return write(records, vals)

        self.patch(self.registry["mail.activity"], "write", refuse)
        problem = self._get_problems(self._wizard().action_hand_over())
        self.assertEqual(problem.account_id, self.moving)
        opened = problem.action_open()
        self.assertEqual(
            (opened["res_model"], opened["res_id"]),
            ("res.partner", self.contacts[0].id),
        )

    def test_what_cannot_move_stays(self):
        """Whatever else it is."""
        leads = self.env["crm.lead"].create(
            [
                {
                    "name": name,
                    "type": "opportunity",
                    "partner_id": self.contacts[0].id,
                    "user_id": self.amy.id,
                }
                for name in ("Free", "Kept")
            ]
        )
        write = self.registry["crm.lead"].write
        reason = "Kept for good."

        def refuse(records, vals):
            if "user_id" in vals and leads[1] in records:
                raise UserError(reason)
            return write(records, vals)

        self.patch(self.registry["crm.lead"], "write", refuse)
        action = self._wizard().action_hand_over()
        self.assertEqual(leads[0].user_id, self.ben)
        self.assertEqual(leads[1].user_id, self.amy)
        problem = self._get_problems(action)
        self.assertEqual(
            (problem.name, problem.outcome, problem.reason),
            ("Kept", "Not handed over", reason),
        )
        self.assertIn("Kept: Not handed over", self._get_note(self.moving).body)
        other = problem.with_user(self.users["sam"])
        self.assertFalse(other.search([("id", "=", problem.id)]))

    def test_account_and_history(self):
        self._wizard().action_hand_over()
        self.assertEqual(self.moving.manager_id, self.ben)
        self.assertEqual(self.staying.manager_id, self.amy)
        self.assertEqual(self.Account.with_user(self.ben).search([]), self.moving)
        note = self.moving.message_ids.filtered(lambda m: "Price talks" in m.body)
        self.assertEqual(len(note), 1)
        self.assertIn(f"from {self.amy.name} to {self.ben.name}", note.body)
        self.assertEqual(note.author_id, self.sue.partner_id)
        self.assertFalse(
            self.staying.message_ids.filtered(lambda m: "Price talks" in m.body)
        )
        todo = self.moving.activity_ids
        self.assertEqual(todo.user_id, self.ben)
        self.assertIn("Price talks", todo.note)

    def test_activities(self):
        def plan(record, user):
            return record.activity_schedule(
                "mail.mail_activity_data_call", user_id=user.id
            )

        occasion = self.env["kam.occasion"].create(
            {"name": "Move", "account_id": self.moving.id, "date": "2030-01-01"}
        )
        moving = [
            plan(record, self.amy)
            for record in (self.moving, self.partners[0], self.contacts[0], occasion)
        ]
        staying = [
            plan(self.staying, self.amy),
            plan(self.contacts[1], self.amy),
            plan(self.moving, self.sue),
        ]
        owners = [activity.user_id for activity in staying]
        done = plan(self.moving, self.amy)
        done.action_feedback()
        self._wizard().action_hand_over()
        for activity in moving:
            self.assertEqual(activity.user_id, self.ben, activity.res_model)
        self.assertEqual([activity.user_id for activity in staying], owners)
        self.assertEqual(done.user_id, self.amy)
        self.assertEqual(occasion.user_id, self.ben)

    def test_approvals_stay_with_the_deciders(self):
        self._invoice(self.partners[0], 1500000.0)
        self._refresh()
        proposal = self.moving.pending_proposal_id
        rows = proposal.approval_ids
        activity = self.env["mail.activity"].create(
            {
                "res_model_id": self.env["ir.model"]._get_id("kam.account"),
                "res_id": self.moving.id,
                "user_id": self.amy.id,
                "kam_approval_id": rows[:1].id,
                "activity_type_id": self.env.ref("mail.mail_activity_data_todo").id,
            }
        )
        self._wizard().action_hand_over()
        self.assertEqual(activity.user_id, self.amy)

    def test_relationships(self):
        other = self.contacts[0].copy(
            {"name": "Other", "kam_owner_id": self.users["max"].id}
        )
        self._wizard().action_hand_over()
        self.assertEqual(self.contacts[0].kam_owner_id, self.ben)
        self.assertEqual(self.contacts[1].kam_owner_id, self.amy)
        self.assertEqual(other.kam_owner_id, self.users["max"])

    def test_opportunities(self):
        leads = self.env["crm.lead"].create(
            [
                {
                    "name": "Deal",
                    "type": "opportunity",
                    "partner_id": partner.id,
                    "user_id": self.amy.id,
                }
                for partner in (self.contacts[0], self.contacts[0], self.contacts[1])
            ]
        )
        leads[1].action_set_lost()
        self._wizard().action_hand_over()
        self.assertEqual(
            [lead.user_id for lead in leads], [self.ben, self.amy, self.amy]
        )

    def test_membership(self):
        self.moving.member_ids = [
            Command.create({"user_id": user.id, "role": role})
            for user, role in (
                (self.amy, "manager"),
                (self.amy, "sales"),
                (self.ben, "sales"),
                (self.users["max"], "finance"),
            )
        ]
        self._wizard().action_hand_over()
        team = {(m.user_id.login, m.role) for m in self.moving.member_ids}
        self.assertEqual(
            team, {("ben", "manager"), ("ben", "sales"), ("max", "finance")}
        )
        self.assertFalse(self.Account.with_user(self.amy).search([]) & self.moving)

    def test_former_manager_may_stay(self):
        self._wizard(stays_on_team=True).action_hand_over()
        members = self.moving.member_ids
        self.assertEqual([(m.user_id, m.role) for m in members], [(self.amy, "sales")])
        self.assertIn(self.moving, self.Account.with_user(self.amy).search([]))

    def test_form_proposes_all_accounts(self):
        handovers = self.env["kam.account.handover"].with_user(self.sue)
        form = Form(handovers)
        form.from_user_id = self.amy
        self.assertEqual(form.account_ids[:], self.accounts)
        form = Form(
            handovers.with_context(
                active_model="kam.account", active_ids=self.staying.ids
            )
        )
        self.assertEqual(form.from_user_id, self.amy)
        self.assertEqual(form.account_ids[:], self.staying)


@tagged("post_install", "-at_install")
class TestHandoverPeople(HandoverCase):
    """Who gets, loses and may hand over; and many accounts at once."""

    def test_quotations_and_salesperson(self):
        orders = self.env["sale.order"].create(
            [
                {
                    "partner_id": partner.id,
                    "company_id": self.company.id,
                    "user_id": self.amy.id,
                    "order_line": [Command.create({"product_id": self.product.id})],
                }
                for partner in (*self.partners, self.partners[0])
            ]
        )
        orders[2].action_confirm()
        self.partners.user_id = self.amy
        self._wizard().action_hand_over()
        self.assertEqual(
            [order.user_id for order in orders], [self.ben, self.amy, self.amy]
        )
        self.assertEqual(
            [partner.user_id for partner in self.partners], [self.ben, self.amy]
        )

    def test_salesperson_of_another_company(self):
        """Who goes on managing the customer elsewhere stays the salesperson."""
        other = self._create_company("Oak Test")
        self.amy.company_ids |= other
        self.Account.create(
            {
                "partner_id": self.partners[0].id,
                "company_id": other.id,
                "manager_id": self.amy.id,
            }
        )
        self.partners.user_id = self.amy
        self._wizard().action_hand_over()
        self.assertEqual(self.partners.user_id, self.amy)

    def test_screenings_and_what_sleeps(self):
        screenings = self.env["kam.screening"].create(
            [
                {
                    "partner_id": partner.id,
                    "company_id": self.company.id,
                    "user_id": user.id,
                }
                for partner, user in zip(
                    self.partners, (self.amy, self.sue), strict=True
                )
            ]
        )
        call = screenings[1].activity_schedule(
            "mail.mail_activity_data_call", user_id=self.amy.id
        )
        occasion = self.env["kam.occasion"].create(
            {
                "name": "Move",
                "account_id": self.moving.id,
                "date": "2030-01-01",
                "active": False,
            }
        )
        gone = self.contacts[0].copy({"active": False})
        visit = gone.activity_schedule(
            "mail.mail_activity_data_call", user_id=self.amy.id
        )
        self._wizard(self.accounts).action_hand_over()
        self.assertEqual(
            [screening.user_id for screening in screenings], [self.ben, self.sue]
        )
        for record in (call, occasion, visit):
            self.assertEqual(record.user_id, self.ben, record)

    def test_former_manager_follows_no_more(self):
        """Or else the talk would go on reaching who may not read the account."""
        occasion = self.env["kam.occasion"].create(
            {"name": "Move", "account_id": self.moving.id, "date": "2030-01-01"}
        )
        partners = (self.amy + self.sue).partner_id
        for record in (self.moving, occasion, self.staying):
            record.message_subscribe(partners.ids)
        self._wizard(stays_on_team=True).action_hand_over()
        self.assertLessEqual(partners, self.moving.message_partner_ids)
        self.moving.manager_id = occasion.user_id = self.amy
        self._wizard().action_hand_over()
        for record in (self.moving, occasion):
            self.assertNotIn(self.amy.partner_id, record.message_partner_ids)
            self.assertIn(self.sue.partner_id, record.message_partner_ids)
        self.assertLessEqual(partners, self.staying.message_partner_ids)

    def test_back_again(self):
        self._wizard(stays_on_team=True).action_hand_over()
        self._wizard(
            from_user_id=self.ben.id, to_user_id=self.amy.id
        ).action_hand_over()
        self.assertEqual(self.moving.manager_id, self.amy)
        self.assertEqual(self.contacts[0].kam_owner_id, self.amy)
        self.assertEqual(self.moving.member_ids.user_id, self.amy)
        self.assertFalse(self.Account.with_user(self.ben).search([]))

    def test_note_in_the_language_of_the_receiver(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.ben.lang = "fr_FR"
        summaries = []

        def create(activities, activity_type, vals_list):
            summaries.extend(vals["summary"] for vals in vals_list)

        self.patch(self.env.registry["mail.activity"], "_kam_create", create)
        self.patch(
            type(self.env),
            "_",
            lambda env, text, *args, **kwargs: f"{env.lang} {text}",
        )
        self._wizard()._ask_to_read()
        self.assertRegex(summaries[0], "^fr_FR Take over")

    # ------------------------------------------------------------
    # Who may, bad input
    # ------------------------------------------------------------

    def test_supervisor_hands_over_what_she_managed_herself(self):
        """Outside her territory: she may read the accounts no more afterwards."""
        self.moving.write({"manager_id": self.sue.id, "team_id": False})
        self.env.flush_all()
        self.env.invalidate_all()
        self._wizard(from_user_id=self.sue.id).action_hand_over()
        self.env.invalidate_all()
        self.assertEqual(self.moving.manager_id, self.ben)
        self.assertFalse(self.moving.with_user(self.sue).has_access("read"))
        note = self.moving.message_ids.filtered(lambda m: "Price talks" in m.body)
        self.assertEqual(note.author_id, self.sue.partner_id)

    def test_notes_of_others_are_not_read(self):
        wizard = self._wizard().with_user(self.users["sam"])
        with self.assertRaises(AccessError):
            wizard.read(["note"])

    def test_one_company_at_a_time(self):
        other = self._create_company("Oak Test")
        self.amy.company_ids |= other
        foreign = self.Account.create(
            {
                "partner_id": self.partners[0].id,
                "company_id": other.id,
                "manager_id": self.amy.id,
            }
        )
        (self.sue + self.ben).company_ids |= other
        foreign.team_id = self.east
        self.env = self.env(context={"allowed_company_ids": (self.company + other).ids})
        wizard = self._wizard(self.moving + foreign)
        with self.assertFails(UserError, "one company at a time"):
            wizard.action_hand_over()

    def test_account_managers_do_not_hand_over(self):
        with self.assertRaises(AccessError):
            self._wizard(login="amy")
        wizard = self._wizard()
        with self.assertFails(AccessError, "Only supervisors"):
            wizard.sudo().with_user(self.amy).sudo(False)._check_handover()

    def test_supervisor_of_another_territory(self):
        wizard = self._wizard()
        self.moving.team_id = False
        self.env.flush_all()
        self.env.invalidate_all()
        # An AccessError is one, too: it depends on what her form still shows.
        with self.assertRaises(UserError):
            wizard.action_hand_over()
        self.env.invalidate_all()
        self.assertEqual(self.moving.manager_id, self.amy)

    def test_bad_input(self):
        other = self._create_company("Oak Test")
        foreign = new_test_user(
            self.env,
            login="foreign",
            groups="base.group_user,key_account_management.group_kam_user",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        for values, message in (
            ({"to_user_id": self.amy.id}, "somebody else"),
            ({"to_user_id": self.users["joe"].id}, "not an account manager"),
            ({"to_user_id": foreign.id}, "does not work for Evergreen Test"),
            ({"from_user_id": self.ben.id, "to_user_id": self.amy.id}, "not managed"),
        ):
            with self.subTest(message), self.assertFails(UserError, message):
                self._wizard(**values).action_hand_over()
        wizard = self._wizard()
        wizard.account_ids = False
        with self.assertFails(UserError, "Choose the accounts"):
            wizard.action_hand_over()
        self.assertEqual(self.accounts.manager_id, self.amy)

    def test_only_who_leads_hands_over(self):
        """Who merely works on an account gives it to nobody, least to himself."""
        sia = new_test_user(
            self.env,
            login="sia",
            groups="base.group_user,key_account_management.group_kam_supervisor",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        self.env["crm.team"].create({"name": "South", "user_id": sia.id})
        self.users = {**self.users, "sia": sia}
        self.accounts.member_ids = [Command.create({"user_id": sia.id})]
        for accounts in (self.moving, self.accounts):
            self.assertTrue(accounts.with_user(sia).has_access("write"))
            for receiver in (sia, self.ben):
                with self.assertFails(AccessError, "Only the leader of the territory"):
                    self._wizard(
                        accounts, login="sia", to_user_id=receiver.id
                    ).action_hand_over()
        self.moving.team_id = False
        with self.assertFails(AccessError, "Only the leader of the territory"):
            self._wizard(login="sia", to_user_id=sia.id).action_hand_over()
        self.assertEqual(self.accounts.manager_id, self.amy)
        self._wizard(self.staying).action_hand_over()
        self.assertEqual(self.staying.manager_id, self.ben)

    # ------------------------------------------------------------
    # Growth
    # ------------------------------------------------------------

    @warmup
    def test_many_accounts(self):
        partners = self._customers(FEW + FEW + MANY, "Many")
        self._invoices([(partner, 100.0) for partner in partners])
        self._refresh()
        accounts = self.Account.search([("partner_id", "in", partners.ids)])
        accounts.write({"manager_id": self.amy.id, "team_id": self.east.id})
        self.env["res.partner"].create(
            [
                {"name": "Buyer", "parent_id": p.id, "kam_owner_id": self.amy.id}
                for p in partners
            ]
        )
        for account in accounts:
            account.activity_schedule(
                "mail.mail_activity_data_call", user_id=self.amy.id
            )
        slices = accounts[:FEW], accounts[FEW : 2 * FEW], accounts[2 * FEW :]
        counts = []
        for some in slices:
            wizard = self._wizard(some)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            wizard.action_hand_over()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(accounts.manager_id, self.ben)
        self.assertLessEqual(counts[2], counts[1] + 10)
