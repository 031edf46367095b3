import logging
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from ..common import PERSONAS
from .common import CreditCase

LIMIT = 1000
SHOWN = (
    "kam_credit_result",
    "kam_credit_result_date",
    "kam_credit_result_user_id",
    "kam_credit_waiting",
    "kam_credit_releasable",
)
LOGGER = "odoo.addons.key_account_management.models.credit.sale_order"
READERS = {"sue", "sam", "max", "dora", "eve", "tom"}


class AttemptCase(CreditCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls._graded("Alpha", cls.red, LIMIT)
        cls.partner = cls.account.partner_id
        cls.all_documents = cls.env.ref("sales_team.group_sale_salesman_all_leads")

    def _order(self, amount=LIMIT + 1, **values):
        return self._as("amy", self._quotation(self.partner, amount, **values))

    def _policy(self, policy):
        self.red.order_policy = policy

    def assertRefused(self, function, *args, **kwargs):  # noqa: N802
        """Expect an error, of whatever kind."""
        try:
            with self.env.cr.savepoint():
                result = function(*args, **kwargs)
        except (UserError, ValueError):
            return
        self.fail(f"{function} {args} gave {result}")


@tagged("post_install", "-at_install")
class TestCreditAttempt(AttemptCase):
    """Nobody learns a grade by looking: attempts tell, and they are logged."""

    def test_results(self):
        for policy, state in (
            ("allow", "sale"),
            ("warn", "sale"),
            ("approval", "draft"),
            ("block", "draft"),
        ):
            self._policy(policy)
            order = self._order()
            before = order.message_ids
            with self.subTest(policy=policy):
                self.assertFalse(order.kam_credit_result)
                self.assertFalse(order.kam_credit_releasable)
                order.action_confirm()
                order = self._as("amy", order)
                self.assertEqual(order.state, state)
                shown = policy if policy != "allow" else False
                self.assertEqual(order.kam_credit_result, shown)
                self.assertEqual(bool(order.kam_credit_result_date), bool(shown))
                self.assertEqual(
                    order.kam_credit_result_user_id == self.users["amy"], bool(shown)
                )
                notes = order.message_ids - before
                self.assertEqual(len(notes), int(state == "draft"))
                for note in notes:
                    self.assertIn("credit control holds", note.body)
                    self.assertEqual(note.author_id, self.users["amy"].partner_id)
                    self.assertTrue(note.is_internal)

    def test_each_attempt_is_logged(self):
        for policy in ("approval", "block"):
            self._policy(policy)
            order = self._order()
            before = len(order.message_ids)
            with self.assertLogs(LOGGER, logging.INFO) as logs:
                for _attempt in range(3):
                    order.action_confirm()
                with self.assertRaises(UserError):
                    order.write({"state": "sale"})
                with self.assertRaises(UserError):
                    order.copy({"state": "sale"})
            with self.subTest(policy=policy):
                self.assertEqual(len(order.message_ids), before + 3)
                self.assertEqual(len(logs.output), 5)
                for line in logs.output:
                    self.assertIn(policy, line)
                    self.assertIn(str(self.users["amy"].id), line)

    def test_passed_at_last(self):
        order = self._order()
        order.action_confirm()
        self.assertEqual(order.kam_credit_result, "approval")
        order.order_line.price_unit = 10
        order.action_confirm()
        self.assertEqual((order.state, order.kam_credit_result), ("sale", "allow"))

    def test_results_are_not_copied_or_written(self):
        order = self._order()
        order.action_confirm()
        self.assertFalse(order.copy().kam_credit_result)
        for fname in ("kam_credit_attempt", "kam_credit_attempt_date"):
            with self.subTest(field=fname), self.assertRaises(AccessError):
                order.write({fname: False})

    def test_who_sees_what_came_of_it(self):
        """Who may write the order, as its salesperson or a leader of its team."""
        order = self._order(team_id=self.east.id)
        order.action_confirm()
        for login in (*PERSONAS, "joe"):
            user = self.users[login]
            if login != "joe":
                user.group_ids += self.all_documents
            seen = self._as(login, order)
            with self.subTest(persona=login):
                if login == "joe":
                    with self.assertRaises(AccessError):
                        seen.read(SHOWN)
                    continue
                [values] = seen.read(SHOWN)
                del values["id"]
                concerned = login in ("amy", "sue", "sam")
                self.assertEqual(any(values.values()), concerned)
                with self.assertRaises(AccessError):
                    seen.read(["kam_credit_attempt"])
                for fname in SHOWN:
                    self.assertRefused(seen.search, [(fname, "!=", False)])
                    self.assertRefused(seen.search, [], order=fname)
                    self.assertRefused(
                        seen.formatted_read_group, [], [fname], ["__count"]
                    )

    def test_policy_is_for_readers_of_credit(self):
        order = self._order()
        for login in (*PERSONAS, "joe"):
            user = self.users[login]
            if login != "joe":
                user.group_ids += self.all_documents
            seen = self._as(login, order)
            with self.subTest(persona=login):
                if login in READERS:
                    self.assertEqual(seen.kam_credit_policy, "approval")
                else:
                    with self.assertRaises(AccessError):
                        seen.read(["kam_credit_policy"])
                    self.assertNotIn("kam_credit_policy", seen.fields_get())

    def test_policy_of_customers_of_other_territories(self):
        sid = new_test_user(
            self.env,
            "sid",
            "key_account_management.group_kam_supervisor,"
            "sales_team.group_sale_salesman_all_leads",
            company_id=self.company.id,
            company_ids=self.company.ids,
        )
        self.users["sid"] = sid
        self.env["crm.team"].create({"name": "West", "user_id": sid.id})
        for amount in (1, LIMIT + 1):
            order = self._order(amount, user_id=sid.id)
            seen = self._as("sid", order)
            with self.subTest(amount=amount):
                self.assertFalse(seen.kam_credit_policy)
                self.assertFalse(seen.partner_credit_warning)
        # As soon as the account is theirs
        self.account.manager_id = sid
        self.assertEqual(self._as("sid", order).kam_credit_policy, "approval")
        self.assertTrue(self._as("sid", order).partner_credit_warning)

    # ------------------------------------------------------------
    # Forms that are being edited
    # ------------------------------------------------------------

    def test_onchange_tells_nothing(self):
        fields_ = dict.fromkeys(SHOWN, {})
        line = {
            "product_id": self.product.id,
            "product_uom_qty": 1,
            "price_unit": LIMIT * 9,
        }
        for policy in ("warn", "approval", "block"):
            self._policy(policy)
            for login in PERSONAS:
                user = self.users[login]
                Order = self.env["sale.order"].with_user(user)
                if not Order.has_access("create"):
                    continue
                user.group_ids += self.all_documents
                specification = {
                    **fields_,
                    "partner_id": {},
                    "amount_total": {},
                    "order_line": {"fields": dict.fromkeys(line, {})},
                }
                if login in ("amy", "ben"):
                    specification["partner_credit_warning"] = {}
                if login in READERS:
                    specification["kam_credit_policy"] = {}
                mine = self._order(1, user_id=user.id).with_user(user)
                for route, order, lines in (
                    ("new", Order, [(0, "virtual", line)]),
                    ("saved", mine, [(1, mine.order_line.id, line)]),
                ):
                    self.env.invalidate_all()
                    result = order.onchange(
                        {
                            "partner_id": self.partner.id,
                            "company_id": self.company.id,
                            "order_line": lines,
                        },
                        ["partner_id", "order_line"],
                        specification,
                    )
                    told = {
                        fname: value
                        for fname, value in result["value"].items()
                        if value
                        and value != "allow"  # of the saved order, which is small
                        and fname.startswith(("kam_", "partner_credit"))
                    }
                    with self.subTest(persona=login, route=route, policy=policy):
                        self.assertFalse(told)
                        self.assertFalse(result.get("warning"))

    # ------------------------------------------------------------
    # Other people's orders
    # ------------------------------------------------------------

    def _confirm_and_hear(self, login, order):
        with patch.object(self.env.registry["res.users"], "_bus_send") as send:
            self._as(login, order).action_confirm()
        return [
            call.args[1]["message"]
            for call in send.call_args_list
            if call.args[0] == "simple_notification"
        ]

    def test_order_of_a_colleague(self):
        """Whoever presses the button for somebody else hears no reason."""
        self.users["ben"].group_ids += self.all_documents
        for policy, reason in (("approval", "credit release"), ("block", "blocked")):
            self._policy(policy)
            order = self._order()
            with self.subTest(policy=policy):
                [told] = self._confirm_and_hear("ben", order)
                self.assertNotRegex(told, reason)
                [told] = self._confirm_and_hear("amy", order)
                self.assertRegex(told, reason)
        # The salesperson hears of it.
        self.assertEqual(order.activity_ids.user_id, self.users["amy"])

    def test_who_may_not_write_the_order(self):
        order = self._order()
        for login in ("ben", "tom", "joe"):
            with self.subTest(persona=login), self.assertRaises(AccessError):
                self._as(login, order).action_confirm()
        self.assertFalse(order.sudo().kam_credit_attempt)

    # ------------------------------------------------------------
    # Releases
    # ------------------------------------------------------------

    def test_release_names_orders_that_one_may_read(self):
        order = self._order()
        Wizard = self.env["kam.credit.release.request"]
        spec = {"order_id": {}, "amount": {}, "currency_id": {}}
        for login in ("ben", "tom", "joe"):
            wizard = Wizard.with_user(self.users[login])
            default = wizard.with_context(default_order_id=order.id)
            values = {"order_id": order.id, "reason": "?"}
            for route, function in {
                "create": lambda w=wizard, v=values: w.create(v),
                "default": lambda d=default: d.create({"reason": "?"}),
                "default_get": lambda d=default: d.default_get(["order_id"]),
                "onchange": lambda w=wizard, v=values: w.onchange(
                    v, ["order_id"], spec
                ),
            }.items():
                with (
                    self.subTest(persona=login, route=route),
                    self.assertRaises(AccessError),
                ):
                    function()

    def test_total_of_orders_that_one_may_not_read(self):
        """Who decides is not told the total of an order they may not see."""
        order = self._order()
        order.action_confirm()
        release = order.sudo().kam_credit_release_ids.with_env(self.env)
        order.order_line.price_unit = 4321
        self.users["sue"].group_ids = self.env.ref("base.group_user")
        for login, told in (("amy", True), ("ben", False), ("sue", False)):
            seen = self._as(login, order)
            with self.subTest(persona=login):
                self.assertEqual(seen.has_access("read"), told)
                with self.assertRaises(UserError) as caught:
                    self._as(login, release)._check_amount(seen.sudo(), 1)
                self.assertEqual("4,321" in str(caught.exception), told)

    def test_pending_release_is_lowered(self):
        order = self._order(9000)
        order.action_confirm()
        release = order.sudo().kam_credit_release_ids
        order.order_line.price_unit = 2000
        wizard = order.env["kam.credit.release.request"].create(
            {"order_id": order.id, "reason": "Less"}
        )
        self.assertEqual(wizard.amount, 2000)
        wizard.action_request()
        self.assertEqual(order.sudo().kam_credit_release_ids, release)
        self.assertEqual((release.amount, release.approval_state), (2000, "pending"))
        self.assertEqual(release.excess, 1000)

    # ------------------------------------------------------------
    # Orders that stay
    # ------------------------------------------------------------

    def test_order_with_a_release_is_not_deleted(self):
        self.users["amy"].group_ids += self.env.ref("sales_team.group_sale_manager")
        for state in ("pending", "approved", "refused", "draft"):
            order = self._order()
            order.action_confirm()
            release = order.sudo().kam_credit_release_ids.with_env(self.env)
            if state == "approved":
                self._approve(release, "sue")
            elif state == "refused":
                self._as("sue", release).action_refuse("No")
            elif state == "draft":
                order.action_cancel()
            for user in (self.users["amy"], self.env.user):
                with (
                    self.subTest(state=state, user=user.login),
                    self.assertFails(ValidationError, "used in Credit Release"),
                    self.env.cr.savepoint(),
                ):
                    order.with_user(user).unlink()
            self.assertEqual(release.approval_state, state)

    def test_other_orders_are_deleted(self):
        self.users["amy"].group_ids += self.env.ref("sales_team.group_sale_manager")
        draft, cancelled = self._order(1), self._order(1)
        cancelled.action_confirm()
        cancelled.action_cancel()
        orders = draft + cancelled
        orders.unlink()
        self.assertFalse(orders.exists())


@tagged("post_install", "-at_install")
class TestOrderCancellation(AttemptCase):
    """Who cancelled an order is said by who may change it, and then fixed."""

    def _cancelled(self, who="customer"):
        order = self._order(100)
        order.action_confirm()
        order.env["kam.order.cancel"].create(
            {"order_id": order.id, "cancelled_by": who}
        ).action_cancel_order()
        self.assertEqual((order.state, order.kam_cancelled_by), ("cancel", who))
        return order

    def test_fixed(self):
        order = self._cancelled()
        for login in PERSONAS:
            user = self.users[login]
            if login != "tom":
                user.group_ids += self.all_documents
            corrects = login in ("max", "dora", "eve")
            for who in (False,) if corrects else ("company", False):
                seen = self._as(login, order)
                for route, function in {
                    "write": lambda s=seen, w=who: s.write({"kam_cancelled_by": w}),
                    "with a state": lambda s=seen, w=who: s.write(
                        {"state": "draft", "kam_cancelled_by": w}
                    ),
                    "wizard": lambda s=seen: (
                        s.env["kam.order.cancel"]
                        .create({"order_id": s.id, "cancelled_by": "company"})
                        .action_cancel_order()
                    ),
                }.items():
                    if corrects and route == "wizard":
                        continue
                    with (
                        self.subTest(persona=login, route=route, value=who),
                        self.assertRaises(UserError),
                        self.env.cr.savepoint(),
                    ):
                        function()
        self._as("amy", order).write({"kam_cancelled_by": "customer"})  # no change

    def test_corrected_by_key_account_managers(self):
        """What was said by mistake, on record."""
        self.users["max"].group_ids += self.all_documents
        order = self._cancelled().with_context(tracking_disable=False)
        self.cr.precommit.clear()
        self._as("max", order).kam_cancelled_by = "company"
        self.env.flush_all()
        self.cr.precommit.run()
        self.assertEqual(order.kam_cancelled_by, "company")
        tracked = order.message_ids[0].sudo().tracking_value_ids
        self.assertEqual(tracked.field_id.name, "kam_cancelled_by")
        self.assertEqual(order.message_ids[0].author_id, self.users["max"].partner_id)
        with self.assertFails(UserError, "A key-account manager can correct it"):
            self._as("amy", order).kam_cancelled_by = "customer"

    def test_not_forgotten_by_starting_over(self):
        order = self._cancelled()
        order.action_draft()
        self.assertEqual(order.kam_cancelled_by, "customer")
        with self.assertFails(UserError, "is fixed once"):
            order.kam_cancelled_by = "company"
        order.action_cancel()
        self.assertEqual(
            (order.kam_cancelled_by, order.kam_cancel_amount), ("customer", 100)
        )

    def test_not_forgotten_when_confirmed_again(self):
        order = self._cancelled()
        order.action_draft()
        order.action_confirm()
        self.assertEqual(order.state, "sale")
        self.assertEqual(
            (order.kam_cancelled_by, order.kam_cancel_amount), ("customer", 100)
        )
        with self.assertFails(UserError, "is fixed once"):
            order.kam_cancelled_by = "company"
        order.action_cancel()
        self.assertEqual(order.kam_cancelled_by, "customer")

    def test_ours_is_forgotten_when_confirmed_again(self):
        order = self._cancelled("company")
        order.action_draft()
        order.action_confirm()
        self.assertEqual(order.state, "sale")
        self.assertFalse(order.kam_cancelled_by or order.kam_cancel_date)
        self.assertFalse(order.kam_cancel_amount)

    def test_customer_is_fixed(self):
        """The debt does not move to somebody else."""
        order = self._cancelled()
        unsaid = self._order(100)
        unsaid.action_confirm()
        unsaid.action_cancel()
        values = {
            "partner_id": self._customer("Nobody").id,
            "partner_invoice_id": self._customer("Payer").id,
            "company_id": self.env.ref("base.main_company").id,
        }
        for state, change in {
            "cancel": lambda: None,
            "draft": order.action_draft,
            "sale": order.action_confirm,
        }.items():
            change()
            self.assertEqual(order.state, state)
            for fname, value in values.items():
                for name, record in {"said": order, "unsaid": unsaid}.items():
                    with (
                        self.subTest(state=state, field=fname, cancelled=name),
                        self.assertFails(UserError, "was confirmed and cancelled"),
                        self.env.cr.savepoint(),
                    ):
                        self._as("amy", record).write({fname: value})
        order.partner_id = self.partner  # no change
        ours = self._cancelled("company")
        ours.action_draft()
        ours.partner_id = values["partner_id"]
        self.assertEqual(ours.partner_id.id, values["partner_id"])

    def test_stays(self):
        order = self._cancelled()
        self.users["amy"].group_ids += self.env.ref("sales_team.group_sale_manager")
        for change in (lambda: None, order.action_draft):
            change()
            for user in (self.users["amy"], self.env.user):
                with (
                    self.subTest(state=order.state, user=user.login),
                    self.assertFails(UserError, "stays on record"),
                    self.env.cr.savepoint(),
                ):
                    order.with_user(user).unlink()

    def test_said_once_of_what_was_cancelled_without_asking(self):
        order = self._order(100)
        order.action_confirm()
        order.action_cancel()
        order.kam_cancelled_by = "customer"
        with self.assertFails(UserError, "is fixed once"):
            order.kam_cancelled_by = "company"

    def test_declined_quotation(self):
        order = self._order(100, kam_cancelled_by="customer")
        order.action_cancel()
        with self.assertFails(UserError, "is fixed once"):
            order.kam_cancelled_by = "company"
        order.action_draft()
        self.assertFalse(order.kam_cancelled_by)

    def test_by_who_may_write_the_order(self):
        order = self._order(100)
        order.action_confirm()
        for login in ("ben", "tom", "joe"):
            seen = self._as(login, order)
            with self.subTest(persona=login, route="write"):
                with self.assertRaises(AccessError):
                    seen.write({"kam_cancelled_by": "company"})
            with self.subTest(persona=login, route="wizard"):
                with self.assertRaises(AccessError):
                    seen.env["kam.order.cancel"].create(
                        {"order_id": order.id, "cancelled_by": "company"}
                    ).action_cancel_order()
