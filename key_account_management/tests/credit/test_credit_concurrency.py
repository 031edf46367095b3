from odoo import Command
from odoo.exceptions import UserError
from odoo.service.model import retrying
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import RaceCase

LOGIN = "kam_race_seller"
NAME = "Credit Race"
LIMIT = 1000


@tagged("post_install", "-at_install")
class TestCreditConcurrency(RaceCase):
    """Two orders of one customer at the same moment, in transactions of their own.

    They are committed, and removed when the tests are over.
    """

    @classmethod
    def _create_records(cls, env):
        company = env.ref("base.main_company")
        cls.before = company.account_use_credit_limit
        company.account_use_credit_limit = True
        cls.uid = (
            env["res.users"]
            .create(
                {
                    "name": LOGIN,
                    "login": LOGIN,
                    "company_id": company.id,
                    "company_ids": [Command.set(company.ids)],
                    "group_ids": [
                        Command.link(
                            env.ref("key_account_management.group_kam_user").id
                        )
                    ],
                }
            )
            .id
        )
        grade = company._kam_credit_grades()[-1]
        cls.grade_id = grade.id
        cls.former = grade.read(["order_policy", "policy_scope"], load=False)[0]
        grade.write({"order_policy": "block", "policy_scope": "over_limit"})
        partner = env["res.partner"].create({"name": NAME, "is_company": True})
        account = env["kam.account"].create(
            {"partner_id": partner.id, "company_id": company.id}
        )
        account._assign_credit(grade, LIMIT, env["account.payment.term"])
        product = env["product.product"].create({"name": NAME, "type": "service"})
        cls.order_ids = (
            env["sale.order"]
            .create(
                [
                    {
                        "partner_id": partner.id,
                        "company_id": company.id,
                        "user_id": cls.uid,
                        "order_line": [
                            Command.create(
                                {
                                    "product_id": product.id,
                                    "price_unit": 600,
                                    "tax_ids": [Command.clear()],
                                }
                            )
                        ],
                    }
                ]
                * 4
            )
            .ids
        )

    @classmethod
    def _clean_up(cls):
        with cls._transaction() as env:
            orders = env["sale.order"].browse(cls.order_ids)
            orders._action_cancel()
            orders.unlink()
            partner = env["res.partner"].search([("name", "=", NAME)])
            accounts = env["kam.account"].search([("partner_id", "in", partner.ids)])
            accounts.write(dict.fromkeys(accounts._decided_fields(), False))
            accounts.unlink()
            partner.unlink()
            env["product.product"].search([("name", "=", NAME)]).unlink()
            cls.former.pop("id")
            env["kam.credit.grade"].browse(cls.grade_id).write(cls.former)
            env.ref("base.main_company").account_use_credit_limit = cls.before
            user = env["res.users"].browse(cls.uid)
            partner = user.partner_id
            user.unlink()
            partner.unlink()

    def _states(self, ids):
        with self._transaction() as env:
            return env["sale.order"].browse(ids).mapped("state")

    def _race(self, first, second):
        """Two transactions that both see the limit as it was before."""
        tries = []

        def late(env):
            tries.append(env)
            second(env)

        with self._transaction(self.uid) as other:
            other.cr.execute("SELECT 1")  # the transaction begins here
            with self._transaction(self.uid) as env:
                first(env)
            with mute_logger("odoo.sql_db", "odoo.service.model"):
                retrying(lambda: late(other), other)
        return len(tries)

    def test_two_orders(self):
        ids = self.order_ids[:2]
        tries = self._race(
            lambda env: env["sale.order"].browse(ids[0]).action_confirm(),
            lambda env: env["sale.order"].browse(ids[1]).action_confirm(),
        )
        self.assertEqual(self._states(ids), ["sale", "draft"])
        self.assertEqual(tries, 2)
        with self._transaction() as env:
            env["sale.order"].browse(ids[0])._action_cancel()

    def test_order_and_growth(self):
        """An order that is confirmed, and one that grows."""
        ids = self.order_ids[2:]
        with self._transaction(self.uid) as env:
            order = env["sale.order"].browse(ids[0])
            order.order_line.price_unit = 100
            order.action_confirm()
        outcome = []
        tries = self._race(
            lambda env: env["sale.order"].browse(ids[1]).action_confirm(),
            lambda env: self._grow(env, ids[0], outcome),
        )
        self.assertEqual(tries, 2)
        self.assertEqual(len(outcome), 1)
        with self._transaction() as env:
            orders = env["sale.order"].browse(ids)
            self.assertEqual(orders.mapped("amount_total"), [100, 600])
            orders._action_cancel()

    def _grow(self, env, order_id, outcome):
        try:
            with env.cr.savepoint():
                env["sale.order"].browse(order_id).order_line.price_unit = 900
        except UserError as error:
            outcome.append(error)
