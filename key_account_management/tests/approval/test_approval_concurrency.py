import threading
from functools import partial

from psycopg2.errors import LockNotAvailable, SerializationFailure

from odoo import Command
from odoo.exceptions import AccessError, LockError, UserError
from odoo.service.model import retrying
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import RaceCase

MANAGERS = ("kam_race_max", "kam_race_mia")


@tagged("post_install", "-at_install")
class TestApprovalConcurrency(RaceCase):
    """Two people at the same moment, in transactions of their own.

    What they decide on is committed, and removed when the tests are over.
    """

    @classmethod
    def _create_records(cls, env):
        company = env.ref("base.main_company")
        users = env["res.users"].create(
            [
                {
                    "name": login,
                    "login": login,
                    "company_id": company.id,
                    "company_ids": [Command.set(company.ids)],
                    "group_ids": [
                        Command.link(
                            env.ref("key_account_management.group_kam_manager").id
                        )
                    ],
                }
                for login in MANAGERS
            ]
        )
        cls.uids = users.ids
        cls.partner_id = env["res.partner"].create({"name": "Race", "is_company": 1}).id
        account = env["kam.account"].create(
            {"partner_id": cls.partner_id, "company_id": company.id}
        )
        cls.account_id = account.id
        model = env["ir.model"]._get_id("kam.tier.proposal")
        Step = env["kam.approval.step"]
        cls.former_step_ids = Step.search([("model_id", "=", model)]).ids
        Step.browse(cls.former_step_ids).active = False
        cls.step_ids = Step.create(
            [
                {
                    "name": user.name,
                    "sequence": 10,
                    "model_id": model,
                    "decider_type": "user",
                    "user_id": user.id,
                }
                for user in users
            ]
        ).ids

    @classmethod
    def _clean_up(cls):
        with cls._transaction() as env:
            partner = env["res.partner"].search([("name", "=", "Race")])
            accounts = env["kam.account"].search([("partner_id", "in", partner.ids)])
            cls._forget_decisions(env)
            accounts.proposal_ids.unlink()
            accounts.history_ids.unlink()
            accounts.tier_id = False
            accounts.unlink()
            partner.unlink()
            env["kam.approval.step"].browse(cls.step_ids).unlink()
            env["kam.approval.step"].browse(cls.former_step_ids).active = True
            users = env["res.users"].search([("login", "in", MANAGERS)])
            partners = users.partner_id
            users.unlink()
            partners.unlink()

    @classmethod
    def _forget_decisions(cls, env):
        """What the tests asked and decided, which nobody deletes by the ORM."""
        rows = env["kam.approval"].search(
            [
                "|",
                "|",
                ("decided_by_id", "in", cls.uids),
                ("decider_ids", "in", cls.uids),
                ("user_id", "in", cls.uids),
            ]
        )
        env.cr.execute("DELETE FROM kam_approval WHERE id = ANY(%s)", [rows.ids])
        env.invalidate_all()

    def setUp(self):
        super().setUp()
        with self._transaction() as env:
            self._forget_decisions(env)
            account = env["kam.account"].browse(self.account_id)
            account.proposal_ids.unlink()
            tier = account.company_id.kam_tier_ids[-1]
            if account.tier_id == tier:
                tier = tier.browse()
            proposal = env["kam.tier.proposal"]._propose(account, tier, "A race")
            self.proposal_id = proposal.id

    def _set_group_step(self):
        """One step that either of the two may decide, instead of two side by side."""
        with self._transaction() as env:
            rows = env["kam.tier.proposal"].browse(self.proposal_id).approval_ids
            group = env.ref("key_account_management.group_kam_manager")
            rows[0].write(
                {
                    "decider_type": "group",
                    "group_id": group.id,
                    "decider_ids": [Command.set(self.uids)],
                }
            )
            rows[1].unlink()

    def _proposal(self, env):
        return env["kam.tier.proposal"].browse(self.proposal_id)

    def _see(self, env):
        """Look at the document, as a web page does: the transaction begins here."""
        self.assertTrue(self._proposal(env).can_approve)

    def _decisions(self):
        with self._transaction() as env:
            proposal = self._proposal(env)
            rows = proposal.approval_ids.filtered("decided_by_id")
            return proposal.approval_state, rows.mapped("state"), len(rows)

    def test_while_the_other_decides(self):
        self._set_group_step()
        first, second = self.uids
        with self._transaction(first) as env, self._transaction(second) as other:
            self._proposal(env).action_approve()
            env.flush_all()
            with self.assertRaisesRegex(
                LockError, "deciding on this document right now"
            ):
                self._proposal(other).action_refuse("No")
        self.assertEqual(self._decisions(), ("approved", ["approved"], 1))

    def test_just_after_the_other(self):
        """The database notices, Odoo starts over, and then there is a sentence."""
        self._set_group_step()
        first, second = self.uids
        with self._transaction(second) as other:
            self._see(other)
            with self._transaction(first) as env:
                self._proposal(env).action_approve()
            refuse = partial(self._refuse, other)
            with (
                mute_logger("odoo.sql_db", "odoo.service.model"),
                self.assertRaisesRegex(UserError, "already decided on this document"),
            ):
                retrying(refuse, other)
        self.assertEqual(self.tries, 2)
        self.assertEqual(self._decisions(), ("approved", ["approved"], 1))

    def _refuse(self, env):
        self.tries = getattr(self, "tries", 0) + 1
        self._proposal(env).action_refuse("No")

    def test_absence_ends_just_before(self):
        """Who is no deputy any more decides nothing, whatever was seen before."""
        absent, deputy = self.uids
        with self._transaction() as env:
            self._proposal(env).approval_ids[1].unlink()
            absence = env["kam.approval.deputy"].create(
                {
                    "user_id": absent,
                    "deputy_id": deputy,
                    "date_from": "2000-01-01",
                    "date_to": "2100-01-01",
                }
            )
        with self._transaction(deputy) as other:
            self._see(other)
            with self._transaction() as env:
                absence.with_env(env).unlink()
            approve = partial(self._approve, other)
            with (
                mute_logger("odoo.sql_db", "odoo.service.model"),
                self.assertRaisesRegex(AccessError, "not allowed to decide"),
            ):
                retrying(approve, other)
        self.assertEqual(self.tries, 2)
        self.assertEqual(self._decisions()[0], "pending")

    def _approve(self, env):
        self.tries = getattr(self, "tries", 0) + 1
        self._proposal(env).action_approve()

    def test_side_by_side(self):
        """The second must see what the first decided: else nobody goes on."""
        first, second = self.uids
        with self._transaction(second) as other:
            self._see(other)
            with self._transaction(first) as env:
                self._proposal(env).action_approve()
            self.assertEqual(self._decisions()[0], "pending")
            with mute_logger("odoo.sql_db"), self.assertRaises(SerializationFailure):
                self._proposal(other).action_approve()
            other.cr.rollback()
            other.transaction.reset()
            self._proposal(other).action_approve()
        self.assertEqual(self._decisions(), ("approved", ["approved"] * 2, 2))

    def _move_account(self, env):
        """What the proposal is about changes: the account is in another tier."""
        account = env["kam.account"].browse(self.account_id)
        account.tier_id = account.company_id.kam_tier_ids[0]
        env.flush_all()

    def _expect_account_held(self, env):
        """Whoever changes the account has to wait.

        Asked without waiting: timeouts of the database do not keep to another clock.
        """
        with mute_logger("odoo.sql_db"), self.assertRaises(LockNotAvailable):
            env.cr.execute(
                "SELECT FROM kam_account WHERE id = %s FOR NO KEY UPDATE NOWAIT",
                [self.account_id],
            )
        env.cr.rollback()
        env.transaction.reset()

    def test_source_changes_just_before(self):
        """The decider's transaction began before, and does not see it."""
        self._set_group_step()
        with self._transaction(self.uids[0]) as env:
            self._see(env)
            with self._transaction() as other:
                self._move_account(other)
            with mute_logger("odoo.sql_db", "odoo.service.model"):
                retrying(lambda: self._proposal(env).action_approve(), env)
        self.assertEqual(self._decisions(), ("returned", [], 0))
        with self._transaction() as env:
            account = env["kam.account"].browse(self.account_id)
            self.assertEqual(account.tier_id, account.company_id.kam_tier_ids[0])

    def test_source_changes_meanwhile(self):
        """Whoever comes later waits, and finds what was decided."""
        self._set_group_step()
        with self._transaction(self.uids[0]) as env, self._transaction() as other:
            self._proposal(env).action_approve()
            env.flush_all()
            self._expect_account_held(other)
        self.assertEqual(self._decisions(), ("approved", ["approved"], 1))

    def test_source_changes_during_review(self):
        """A step that changes nothing of the account holds it all the same."""
        first = self.uids[0]
        with self._transaction(first) as env, self._transaction() as other:
            self._proposal(env).action_approve()
            env.flush_all()
            self._expect_account_held(other)
        self.assertEqual(self._decisions(), ("pending", ["approved"], 1))

    def test_threads(self):
        self._set_group_step()
        barrier = threading.Barrier(len(self.uids))
        outcomes = []

        def decide(uid):
            with self._transaction(uid) as env:
                self._see(env)
                barrier.wait(timeout=20)
                try:
                    retrying(lambda: self._proposal(env).action_approve(), env)
                    env.cr.commit()
                    outcomes.append("decided")
                except UserError as error:
                    env.cr.rollback()
                    outcomes.append(str(error))

        threads = [threading.Thread(target=decide, args=(uid,)) for uid in self.uids]
        with mute_logger("odoo.sql_db", "odoo.service.model"):
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(60)
        self.assertEqual(len(outcomes), 2)
        self.assertEqual(outcomes.count("decided"), 1)
        outcomes.remove("decided")
        self.assertRegex(
            outcomes[0],
            "deciding on this document right now|already decided on this document",
        )
        self.assertEqual(self._decisions(), ("approved", ["approved"], 1))

    # ------------------------------------------------------------
    # Customers that are merged meanwhile
    # ------------------------------------------------------------

    def _create_target(self):
        """Another customer, into whom the one with the proposal is merged."""
        with self._transaction() as env:
            source = env["kam.account"].browse(self.account_id)
            partner = env["res.partner"].create({"name": "Race", "is_company": True})
            account = env["kam.account"].create(
                {"partner_id": partner.id, "company_id": source.company_id.id}
            )
            return partner.id, account.id

    def _merge(self, env, target_id):
        env.cr.execute("SET LOCAL lock_timeout = '5s'")  # rather than wait forever
        target = env["res.partner"].browse(target_id)
        env["base.partner.merge.automatic.wizard"]._merge(
            [self.partner_id, target_id], target, extra_checks=False
        )

    def _follow(self, partner_id, account_id):
        """The next test goes on with the account that stayed."""
        type(self).partner_id, type(self).account_id = partner_id, account_id

    def test_merge_while_somebody_decides(self):
        self._set_group_step()
        partner_id, account_id = self._create_target()
        with self._transaction(self.uids[0]) as env, self._transaction() as other:
            self._proposal(env).action_approve()
            env.flush_all()
            with self.assertRaisesRegex(
                LockError, "deciding on this document right now"
            ):
                self._merge(other, partner_id)
            other.cr.rollback()
            tier = self._proposal(env).tier_to_id.id
        with self._transaction() as env:
            self._merge(env, partner_id)
            self._follow(partner_id, account_id)
        with self._transaction() as env:
            account = env["kam.account"].browse(account_id)
            self.assertEqual(account.tier_id.id, tier)
            self.assertEqual(self._proposal(env).account_id, account)
            self.assertEqual(account.history_ids[0].tier_to_id.id, tier)
        self.assertEqual(self._decisions(), ("approved", ["approved"], 1))

    def test_decision_while_customers_are_merged(self):
        self._set_group_step()
        partner_id, account_id = self._create_target()
        with self._transaction(self.uids[0]) as env:
            self._see(env)
            with self._transaction() as other:
                self._merge(other, partner_id)
                other.flush_all()
                with self.assertRaisesRegex(
                    LockError, "deciding on this document right now"
                ):
                    self._proposal(env).action_approve()
                env.cr.rollback()
                env.transaction.reset()
                self._see(env)
            self._follow(partner_id, account_id)
            with mute_logger("odoo.sql_db", "odoo.service.model"):
                retrying(self._proposal(env).action_approve, env)
        with self._transaction() as env:
            account = env["kam.account"].browse(account_id)
            self.assertEqual(account.tier_id, self._proposal(env).tier_to_id)
        self.assertEqual(self._decisions(), ("approved", ["approved"], 1))
