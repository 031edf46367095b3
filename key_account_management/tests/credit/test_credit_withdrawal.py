from datetime import datetime, time, timedelta

from dateutil.relativedelta import relativedelta
from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from .common import CreditCase


@tagged("post_install", "-at_install")
class TestCreditWithdrawal(CreditCase):
    """Poor contract performance makes a key account an ordinary customer (G2)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls._customer("Alpha")
        cls._owe(cls.partner, 1500000, 20, (0, 1500000))
        cls._refresh()
        cls.account = cls._account(cls.partner)
        cls.account.write({"manager_id": cls.users["amy"].id, "team_id": cls.east.id})
        cls.account.proposal_ids._withdraw_undecided()
        cls.account._assign_tier(cls.core, {})

    def _fail_to_pay(self, amount=1500000):
        self._owe(self.partner, amount, 20)
        self._refresh()

    def _activities(self):
        return self.env["mail.activity"].search(
            [("res_model", "=", "kam.account"), ("res_id", "=", self.account.id)]
        )

    def _restore(self, **values):
        request = self._request(self.account, kind="restore", **values)
        self._as("sue", request).action_submit()
        return request

    # ------------------------------------------------------------
    # Withdrawal
    # ------------------------------------------------------------

    def test_at_once(self):
        self._fail_to_pay()
        account = self.account
        self.assertEqual(account.performance_rate, 0.5)
        self.assertFalse(account.tier_id)
        self.assertFalse(account.tier_computed_id)
        self.assertFalse(account.is_potential)
        self.assertEqual(account.performance_hold_date, self.company._kam_today())
        history = account.history_ids[0]
        self.assertEqual(history.tier_from_id, self.core)
        self.assertFalse(history.tier_to_id)
        self.assertEqual(history.reason, "Contract performance below the minimum")

    def test_people_are_told_without_figures(self):
        self._fail_to_pay()
        activities = self._activities()
        self.assertEqual(activities.user_id, self.users["amy"] | self.users["sue"])
        account = self._as("amy", self.account)
        texts = [
            *account.activity_ids.mapped("summary"),
            *account.message_ids.mapped("body"),
            *account.history_ids.mapped("reason"),
        ]
        self.assertTrue(any("performance" in str(text) for text in texts))
        for text in texts:
            self.assertNotRegex(str(text), r"\d")

    def test_people_are_told_in_their_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.users["amy"].lang = "zh_CN"
        self._fail_to_pay()
        summaries = {a.user_id.login: a.summary for a in self._activities()}
        self.assertIn("已取消大客户待遇", summaries["amy"])
        self.assertIn("Key-account treatment withdrawn", summaries["sue"])

    def test_manager_without_rights_on_key_accounts(self):
        salesman = new_test_user(
            self.env,
            "sal",
            "sales_team.group_sale_salesman",
            company_id=self.company.id,
            company_ids=self.company.ids,
        )
        self.account.manager_id = salesman
        self.users["sue"].active = False
        self._fail_to_pay()
        self.assertFalse(self.account.tier_id)
        self.assertEqual(self._activities().user_id, salesman)

    def test_limit_is_exact(self):
        """Binary fractions make no 50.24 % less than 50.24 %."""
        self.company.kam_performance_min = 50.24
        self._owe(self.partner, 1500000, 20, (0, 7200))
        self._refresh()
        self.assertEqual(self.account.performance_rate, 0.5024)
        self.assertEqual(self.account.tier_id, self.core)

    def test_limit_is_not_rounded_up_to(self):
        self._fail_to_pay(500080)
        self.assertEqual(self.account.performance_rate, 0.7499)
        self.assertFalse(self.account.tier_id)

    def test_limit(self):
        self._fail_to_pay(500000)
        self.assertEqual(self.account.performance_rate, 0.75)
        self.assertEqual(self.account.tier_id, self.core)
        self._fail_to_pay(1000)
        self.assertFalse(self.account.tier_id)

    def test_limit_is_a_setting(self):
        self.company.kam_performance_min = 50
        self._fail_to_pay()
        self.assertEqual(self.account.tier_id, self.core)
        self.company.kam_performance_min = 50.5
        self._refresh()
        self.assertFalse(self.account.tier_id)

    def test_customers_without_obligations_keep_their_tier(self):
        account = self._graded("Quiet", self.green)
        account._assign_tier(self.key, {})
        self._refresh()
        self.assertEqual(account.tier_id, self.key)

    def test_past_day_withdraws_nothing(self):
        self._owe(self.partner, 1500000, 20)
        self._refresh(self._day(1))
        self.assertEqual(self.account.performance_rate, 0.5)
        self.assertEqual(self.account.tier_id, self.core)

    def test_pending_proposals_are_withdrawn(self):
        proposal = (
            self.env["kam.tier.proposal"]
            .with_user(self.users["amy"])
            .sudo()
            ._propose(self.account.sudo(), self.strategic, "They grow")
        )
        self.assertIn("pending", proposal.approval_ids.mapped("state"))
        self._fail_to_pay()
        self.assertFalse(proposal.active)
        self.assertNotIn("pending", proposal.approval_ids.mapped("state"))

    def test_second_refresh_changes_nothing(self):
        self._fail_to_pay()
        before = (len(self.account.history_ids), len(self._activities()))
        day = self.account.performance_hold_date
        with freeze_time(datetime.combine(self.today + timedelta(1), time(12))):
            self._refresh()
        self.assertEqual(self.account.performance_hold_date, day)
        self.assertEqual(
            (len(self.account.history_ids), len(self._activities())), before
        )

    # ------------------------------------------------------------
    # Afterwards
    # ------------------------------------------------------------

    def test_a_better_rate_does_not_bring_it_back(self):
        self._fail_to_pay()
        self._owe(self.partner, 30000000, 15, (0, 30000000))
        self._refresh()
        self.assertGreater(self.account.performance_rate, 0.9)
        self.assertFalse(self.account.tier_computed_id)
        self.assertFalse(self.account.pending_proposal_id)
        self.assertFalse(self.account.tier_id)

    def test_judgements_do_not_bring_it_back(self):
        self._fail_to_pay()
        self._as("amy", self.account).write({"influence": 100, "strategic_fit": 100})
        self.assertFalse(self.account.tier_computed_id)
        self.assertFalse(self.account.is_potential)
        self.assertFalse(self.account.pending_proposal_id)

    def test_no_proposal_by_hand(self):
        self._fail_to_pay()
        wizard = (
            self.env["kam.account.propose"]
            .with_user(self.users["amy"])
            .create(
                {
                    "account_id": self.account.id,
                    "tier_id": self.key.id,
                    "reason": "I like them",
                }
            )
        )
        with self.assertFails(UserError, "was withdrawn. Request its restoration"):
            wizard.action_propose()

    def test_poor_performers_are_not_proposed(self):
        partner = self._customer("Beta")
        self._owe(partner, 1500000, 20)
        self._refresh()
        account = self._account(partner)
        account.write({"influence": 100, "strategic_fit": 100})
        self.assertFalse(account.proposal_ids)
        self.assertFalse(account.is_potential)
        self.assertFalse(account.performance_hold_date)  # it had no treatment
        self._owe(partner, 15000000, 10, (0, 15000000))
        self._refresh()
        self.assertTrue(account.pending_proposal_id)

    def test_simulation(self):
        self._fail_to_pay()
        simulation = self.env["kam.tier.simulate"].create({})
        simulation.tier_ids[-1].write({"min_score": 1, "min_revenue": 1})
        simulation.action_simulate()
        self.assertEqual(simulation.ordinary_simulated, 1)
        self.assertFalse(simulation.move_ids)
        self.account.sudo().performance_grace_date = self.today
        self.account.sudo().performance_hold_date = False
        simulation.action_simulate()
        self.assertEqual(simulation.move_ids.account_id, self.account)

    # ------------------------------------------------------------
    # Return of the treatment
    # ------------------------------------------------------------

    def test_approved_request_brings_it_back(self):
        self._fail_to_pay()
        action = self._as("sue", self.account).action_request_restoration()
        self.assertEqual(action["context"]["default_kind"], "restore")
        request = self._restore()
        self._approve(request, "sam")
        self.assertFalse(self.account.tier_id)
        self._approve(request, "max")
        self.assertEqual(self.account.tier_id, self.core)
        self.assertFalse(self.account.performance_hold_date)
        self.assertEqual(request.effect_date, self.today)
        self.assertEqual(
            self.account.performance_grace_date, self.today + relativedelta(months=6)
        )
        history = self.account.history_ids[0]
        self.assertFalse(history.tier_from_id)
        self.assertEqual(history.tier_to_id, self.core)
        self.assertEqual(history.user_id, self.users["max"])
        self.assertFalse(self.account.credit_grade_id)

    def test_refused_request(self):
        self._fail_to_pay()
        request = self._restore()
        self._as("sam", request).action_refuse("Not before they pay")
        self._refresh()
        self.assertFalse(self.account.tier_id)
        self.assertTrue(self.account.performance_hold_date)

    def test_grace(self):
        self._fail_to_pay()
        grace = self.today + timedelta(30)
        request = self._restore(grace_date=grace)
        self._approve(request, "sam", "max")
        for day in (self.today, grace):
            with freeze_time(datetime.combine(day, time(12))):
                self._refresh()
            self.assertEqual(self.account.tier_id, self.core, day)
        with freeze_time(datetime.combine(grace + timedelta(1), time(12))):
            self._refresh()
            self.assertFalse(self.account.tier_id)
            self.assertEqual(self.account.performance_hold_date, grace + timedelta(1))

    def test_nothing_to_restore(self):
        with self.assertFails(UserError, "was not withdrawn"):
            self.account.action_request_restoration()
        request = self._request(self.account, kind="restore")
        with self.assertFails(UserError, "was not withdrawn"):
            request.action_submit()
        request.unlink()
        self._fail_to_pay()
        request = self._request(self.account, kind="restore", grace_date=self._day(1))
        with self.assertFails(UserError, "must end in the future"):
            request.action_submit()
