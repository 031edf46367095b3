import json
import logging

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.mail.tests.common import MailCase

from .common import CreditCase

LOGGER = "odoo.addons.key_account_management.models.credit.sale_order"
SIGNATURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJ"
    "RU5ErkJggg=="
)


class ReleaseCase(CreditCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls._graded("Alpha", cls.red, 1000)
        cls.partner = cls.account.partner_id

    def _held(self, amount=1500, **values):
        order = self._as("amy", self._quotation(self.partner, amount, **values))
        order.action_confirm()
        self.assertEqual(order.state, "draft")
        return order

    def _release(self, order):
        return order.sudo().kam_credit_release_ids[:1].with_env(self.env)

    def _summaries(self, order):
        return order.sudo().activity_ids.mapped(lambda a: (a.user_id.login, a.summary))


@tagged("post_install", "-at_install")
class TestCreditRelease(ReleaseCase):
    """Leave to confirm an order that the grade holds back."""

    def test_granted(self):
        self._owe(self.partner, 200, 5)
        order = self._held()
        release = self._release(order)
        self.assertEqual(release.approval_state, "pending")
        self.assertEqual(release.approval_applicant_id, self.users["amy"])
        self.assertEqual(
            (release.amount, release.credit_limit, release.credit_exposure),
            (1500, 1000, 200),
        )
        self.assertEqual(release.excess, 700)
        for login in ("amy", "sam", "max"):
            with self.subTest(login=login), self.assertRaises(AccessError):
                self._as(login, release).action_approve()
        self._approve(release, "sue")
        self.assertEqual(
            self._summaries(order),
            [("amy", "Credit release granted: confirm the order")],
        )
        order = self._as("amy", order)
        self.assertEqual(order.sudo().kam_credit_policy, "allow")
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_refused(self):
        order = self._held()
        self._as("sue", self._release(order)).action_refuse("They owe too much")
        self.assertEqual(self._summaries(order), [("amy", "Credit release refused")])
        order = self._as("amy", order)
        order.action_confirm()  # applies again
        self.assertEqual(order.state, "draft")
        order.invalidate_recordset()
        self.assertEqual(
            order.sudo().kam_credit_release_ids.mapped("approval_state"),
            ["pending", "refused"],
        )

    def test_asked_once(self):
        order = self._held()
        release = self._release(order)
        order.action_confirm()
        self.assertEqual(order.sudo().kam_credit_release_ids, release)
        self.assertEqual(release.approval_round, 1)
        order.order_line.price_unit = 1600
        order.action_confirm()
        self.assertEqual(order.sudo().kam_credit_release_ids, release)
        self.assertEqual((release.amount, release.approval_round), (1600, 2))
        order.order_line.price_unit = 1400  # covered, but not what is under review
        self.assertEqual(release.approval_state, "returned")
        order.action_confirm()
        self.assertEqual(order.sudo().kam_credit_release_ids, release)
        self.assertEqual((release.amount, release.approval_round), (1400, 3))

    def test_covers_up_to_its_amount(self):
        order = self._held()
        self._approve(self._release(order), "sue")
        order = self._as("amy", order)
        order.order_line.price_unit = 1501
        order.action_confirm()
        self.assertEqual(order.state, "draft")
        order.order_line.price_unit = 1499
        order.action_confirm()
        self.assertEqual(order.state, "sale")
        order.order_line.price_unit = 1500
        with self.assertFails(UserError, "needs a credit release"):
            order.order_line.price_unit = 1501

    def test_more_for_a_confirmed_order(self):
        order = self._held()
        self._approve(self._release(order), "sue")
        order = self._as("amy", order)
        order.action_confirm()
        order = self._as("amy", order)
        action = order.action_kam_request_release()
        wizard = (
            order.env[action["res_model"]]
            .with_context(**action["context"])
            .create({"reason": "They need more"})
        )
        self.assertEqual(wizard.amount, 1500)
        wizard.amount = 2000
        wizard.action_request()
        with self.assertFails(UserError, "needs a credit release"):
            order.order_line.price_unit = 2000
        release = self._release(order)
        self.assertEqual((release.amount, release.reason), (2000, "They need more"))
        self.assertEqual((release.credit_exposure, release.excess), (1500, 1000))
        self._approve(release, "sue")
        order = self._as("amy", order)
        order.order_line.price_unit = 2000
        self.assertEqual(order.amount_total, 2000)

    def test_returned_release_is_applied_for_again(self):
        order = self._held()
        release = self._release(order)
        self._as("sue", release).action_return("Why?")
        wizard = (
            self._as("amy", order)
            .env["kam.credit.release.request"]
            .create({"order_id": order.id, "reason": "Big chance"})
        )
        wizard.action_request()
        self.assertEqual(self._release(order), release)
        self.assertEqual(
            (release.approval_state, release.reason), ("pending", "Big chance")
        )

    def test_salesperson_is_told_of_the_return(self):
        """In their language, not in that of whoever decides."""
        self.env["res.lang"]._activate_lang("zh_CN")
        self.users["sue"].lang = "zh_CN"
        order = self._held()
        release = self._as("sue", self._release(order)).with_context(lang="zh_CN")
        release.action_return("为什么？")
        self.assertEqual(
            self._summaries(order),
            [("amy", "Credit release returned: add a reason and request it again")],
        )
        self.assertFalse(release.sudo().activity_ids)

    def test_no_release_of_cancelled_orders(self):
        order = self._held()
        order.action_cancel()
        wizard = order.env["kam.credit.release.request"].create(
            {"order_id": order.id, "reason": "?"}
        )
        with self.assertFails(UserError, "The order is cancelled"):
            wizard.action_request()

    def test_amount_covers_the_order(self):
        order = self._held(5000)
        release = self._release(order)
        wizard = order.env["kam.credit.release.request"].create(
            {"order_id": order.id, "reason": "?"}
        )
        for amount in (-10, 0, 10, 4999.99):
            with (
                self.subTest(amount=amount),
                self.assertFails(UserError, "does not cover the order"),
                self.env.cr.savepoint(),
            ):
                wizard.amount = amount
                wizard.action_request()
        wizard.amount = 5000.01
        wizard.action_request()
        self.assertEqual(release.amount, 5000.01)

    def test_no_release_needed(self):
        """Any more: the request is on record."""
        order = self._held()
        self._as("sue", self._release(order)).action_return("Why?")
        self.red.order_policy = "warn"
        order = self._as("amy", order)
        wizard = order.env["kam.credit.release.request"].create(
            {"order_id": order.id, "reason": "?"}
        )
        action = wizard.action_request()
        self.assertIn("needs no credit release", action["params"]["message"])
        self.assertIn("needs no credit release", order.message_ids[:1].body)

    def test_form_tells_no_grade(self):
        """What it says of an order nobody tried to confirm is the same for all."""
        nobody = self._customer("Nobody")
        for partner, policy, scope, amount, answer in (
            (partner, *policy, *request)
            for request in ((0.01, "does not cover"), (10, "try to confirm"))
            for partner, policy in (
                (nobody, ("block", "always")),
                (self.partner, ("allow", "always")),
                (self.partner, ("warn", "always")),
                (self.partner, ("approval", "over_limit")),
                (self.partner, ("approval", "always")),
                (self.partner, ("block", "always")),
            )
        ):
            self.red.write({"order_policy": policy, "policy_scope": scope})
            order = self._as("amy", self._quotation(partner, 10))
            self.assertFalse(order.kam_credit_releasable)
            wizard = order.env["kam.credit.release.request"].create(
                {"order_id": order.id, "amount": amount, "reason": "?"}
            )
            with (
                self.subTest(amount=amount, customer=partner.name, policy=policy),
                self.assertLogs(LOGGER, logging.INFO) as logs,
                self.assertFails(UserError, answer),
                self.env.cr.savepoint(),
            ):
                wizard.action_request()
            [line] = logs.output
            self.assertIn(f"user {self.users['amy'].id} asks", line)
            self.assertFalse(order.sudo().kam_credit_release_ids)

    def test_only_for_orders_that_one_may_write(self):
        order = self._quotation(self.partner, 1500)
        wizard = self.env["kam.credit.release.request"].with_user(self.users["ben"])
        with self.assertRaises(AccessError):
            wizard.create({"order_id": order.id, "reason": "?"})
        with self.assertRaises(AccessError):
            wizard.with_context(default_order_id=order.id).default_get(["order_id"])
        self.assertFalse(order.kam_credit_release_ids)

    def test_blocked_is_not_released(self):
        order = self._held()
        self._approve(self._release(order), "sue")
        self.red.order_policy = "block"
        order = self._as("amy", order)
        order.action_confirm()
        self.assertEqual((order.state, order.kam_credit_result), ("draft", "block"))

    def test_both_debtors_are_asked_for(self):
        payer = self._graded("Payer", self.black)
        order = self._held(partner_invoice_id=payer.partner_id.id)
        releases = order.sudo().kam_credit_release_ids
        self.assertEqual(releases.account_id, self.account + payer)
        self._approve(releases[0].sudo(False), "sue")
        self._as("amy", order).action_confirm()
        self.assertEqual(order.state, "draft")
        self._approve(releases[1].sudo(False), "sue")
        self._as("amy", order).action_confirm()
        self.assertEqual(order.state, "sale")

    def test_cancelled_order_needs_no_decision(self):
        order = self._held()
        release = self._release(order)
        order.action_cancel()
        self.assertNotEqual(release.sudo().approval_state, "pending")
        self.assertFalse(release.sudo().activity_ids)

    def test_release_is_not_forged(self):
        order = self._held()
        release = self._release(order)
        for login in ("amy", "sue", "eve"):
            mine = self._as(login, release)
            with self.subTest(login=login):
                with self.assertRaises(AccessError):
                    mine.write({"amount": 9999})
                with self.assertRaises(AccessError):
                    mine.create({"order_id": order.id, "account_id": self.account.id})
                with self.assertRaises(AccessError):
                    mine.unlink()
        with self.assertRaises(AccessError):
            self._as("amy", order).write({"kam_credit_release_ids": [(5,)]})

    def test_terms_that_change(self):
        """Who decides goes by the terms of payment, too."""
        order = self._held()
        release = self._release(order)
        order.payment_term_id = self.env["account.payment.term"].create(
            {"name": "90 days"}
        )
        self.assertEqual(release.approval_state, "returned")
        self.assertIn("Payment Terms", release.sudo().message_ids[:1].body)

    def test_leader_of_customers_without_territory(self):
        """That of the salesperson, whichever team they give their order."""
        south = self.env["crm.team"].create(
            {"name": "South", "user_id": self.users["max"].id}
        )
        self.account.team_id = False
        release = self._release(self._held(team_id=south.id))
        self.assertFalse(release.approval_ids.team_id)
        self.assertNotIn(self.users["max"], release.approval_ids.decider_ids)
        self.east.member_ids = self.users["amy"]
        self.assertEqual(self.users["amy"].sale_team_id, self.east)
        release = self._release(self._held(team_id=south.id))
        self.assertEqual(release.approval_ids.team_id, self.east)
        # Whose leader may not read it: the account is in no territory.
        directors = self.users["dora"] | self.users["eve"]
        self.assertEqual(release.approval_ids.decider_ids, directors)

    def test_salesperson_does_not_follow_the_talk(self):
        order = self._held()
        release = self._release(order).sudo()
        self.assertNotIn(
            self.users["amy"].partner_id, release.message_follower_ids.partner_id
        )

    def test_nobody_to_tell(self):
        """Orders without a salesperson, signed by a customer with a login."""
        portal = new_test_user(self.env, "portal", "base.group_portal")
        order = self._quotation(self.partner, 1500, user_id=False)
        order.with_user(portal).sudo().action_confirm()
        release = self._release(order)
        self.assertEqual(release.approval_state, "pending")
        self._approve(release, "sue")
        self.assertFalse(order.activity_ids)


@tagged("post_install", "-at_install")
class TestCreditPortal(ReleaseCase, MailCase, HttpCase):
    """Customers who sign or pay see no error: their order waits."""

    def _sign(self, order):
        order.action_quotation_sent()
        response = self.url_open(
            f"/my/orders/{order.id}/accept?access_token={order._portal_ensure_token()}",
            data=json.dumps({"params": {"name": "Buyer", "signature": SIGNATURE}}),
            headers={"Content-Type": "application/json"},
        )
        order.invalidate_recordset()
        return response.json()

    def _paid(self, order):
        """Transaction of the whole order, done by a payment provider."""
        provider = self.env["payment.provider"].create(
            {"name": "Test", "code": "none", "company_id": self.company.id}
        )
        payment = self.env["account.payment"].create(
            {"partner_id": order.partner_id.id, "amount": order.amount_total}
        )
        return self.env["payment.transaction"].create(
            {
                "payment_id": payment.id,
                "provider_id": provider.id,
                "payment_method_id": self.env.ref("payment.payment_method_unknown").id,
                "reference": order.name,
                "amount": order.amount_total,
                "currency_id": order.currency_id.id,
                "partner_id": order.partner_id.id,
                "operation": "online_direct",
                "state": "done",
                "sale_order_ids": [(6, 0, order.ids)],
            }
        )

    def test_signature(self):
        order = self._quotation(self.partner, 900, require_signature=True)
        self.assertTrue(self._sign(order)["result"].get("force_refresh"))
        self.assertEqual(order.state, "sale")
        order = self._quotation(self.partner, 900, require_signature=True)
        result = self._sign(order)["result"]
        self.assertNotIn("error", result)
        self.assertTrue(order.signature)
        self.assertEqual(order.state, "sent")
        release = order.kam_credit_release_ids
        self.assertEqual(release.approval_state, "pending")
        self.assertEqual(release.approval_applicant_id, self.users["amy"])
        self._approve(release, "sue")
        self._as("amy", order).action_confirm()
        self.assertEqual(order.state, "sale")

    def test_signature_while_blocked(self):
        self.red.write({"order_policy": "block", "policy_scope": "always"})
        order = self._quotation(self.partner, 900, require_signature=True)
        self.assertNotIn("error", self._sign(order)["result"])
        self.assertEqual(order.state, "sent")
        [(login, summary)] = self._summaries(order)
        self.assertEqual(login, "amy")
        self.assertIn("blocked by credit control", summary)

    def test_signed_again_and_again(self):
        """The salesperson is told once, in their language, unless they have left."""
        self.env["res.lang"]._activate_lang("zh_CN")
        self.users["amy"].lang = "zh_CN"
        self.red.write({"order_policy": "block", "policy_scope": "always"})
        order = self._quotation(self.partner, 900, require_signature=True)
        before = len(order.message_ids)
        for _attempt in range(2):
            order.sudo().action_confirm()
        [(login, summary)] = self._summaries(order)
        self.assertEqual(login, "amy")
        self.assertIn("冻结", summary)
        self.assertEqual(len(order.message_ids), before + 1)
        other = self._quotation(self.partner, 900, require_signature=True)
        self.users["amy"].active = False
        other.sudo().action_confirm()
        self.assertFalse(other.activity_ids)

    def test_online_payment(self):
        order = self._quotation(
            self.partner, 1500, require_payment=True, prepayment_percent=1
        )
        transaction = self._paid(order)
        transaction._post_process()
        self.assertEqual(order.state, "draft")
        self.assertEqual(order.kam_credit_release_ids.approval_state, "pending")
        small = self._quotation(
            self.partner, 100, require_payment=True, prepayment_percent=1
        )
        self._paid(small)._post_process()
        self.assertEqual(small.state, "sale")

    def test_mails_after_an_online_payment(self):
        """Who pays hears of it, whether or not credit holds the order back."""
        self.partner.email = "alpha@example.com"
        orders = {}
        for policy in ("approval", "block"):
            self.red.order_policy = policy
            order = self._quotation(
                self.partner, 1500, require_payment=True, prepayment_percent=1
            )
            with self.mock_mail_gateway():
                self._paid(order)._post_process()
            self.assertEqual(order.state, "draft")
            orders[order] = "sale.mail_template_sale_payment_executed"
        small = self._quotation(
            self.partner, 100, require_payment=True, prepayment_percent=1
        )
        with self.mock_mail_gateway():
            self._paid(small)._post_process()
        self.assertEqual(small.state, "sale")
        orders[small] = "sale.mail_template_sale_confirmation"
        for order, template in orders.items():
            subject = self.env.ref(template)._render_field("subject", order.ids)
            with self.subTest(template=template):
                self.assertEqual(
                    order.message_ids.filtered("subject").mapped("subject"),
                    [subject[order.id]],
                )
