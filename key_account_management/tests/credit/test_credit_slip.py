from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tests.common import warmup

from ..common import PERSONAS
from .common import CreditCase

LIMIT = 1000
FIGURES = ("integer", "float", "monetary")
# Core itself writes it, as the user; nothing that credit control says rests on it.
WRITTEN_BY_CORE = {"qty_to_invoice"}


class SlipCase(CreditCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls._graded("Alpha", cls.red, LIMIT)
        cls.partner = cls.account.partner_id

    def _order(self, amount=LIMIT + 1, partner=None, **values):
        """Quotation, seen by amy; beyond the limit, if not said otherwise."""
        order = self._quotation(partner or self.partner, amount, **values)
        return self._as("amy", order)

    def assertHeld(self, order):  # noqa: N802
        order = self._as("amy", order)
        order.action_confirm()
        self.assertEqual(order.state, "draft")

    def assertPasses(self, order):  # noqa: N802
        order = self._as("amy", order)
        order.action_confirm()
        self.assertEqual(order.state, "sale")


@tagged("post_install", "-at_install")
class TestCreditFigures(SlipCase):
    """The check rests on nothing that whoever confirms an order may write."""

    # ------------------------------------------------------------
    # Stored figures that Odoo computes, on orders and their lines
    # ------------------------------------------------------------

    def _figures(self, model):
        for fname, field in sorted(self.env[model]._fields.items()):
            if (
                field.store
                and field.compute
                and field.readonly
                and field.type in FIGURES
                and fname not in WRITTEN_BY_CORE
            ):
                yield fname

    def _personas(self):
        """Those who may write an order, with one of theirs."""
        for login in PERSONAS:
            user = self.users[login]
            if not self.env["sale.order"].with_user(user).has_access("write"):
                continue
            order = self._quotation(self.partner, 100, user_id=user.id)
            yield login, self._as(login, order)

    def _routes(self, order, model, fname, value):
        """Functions that try to write a figure, by name of the way they take."""
        line = order.order_line
        record = order if model == "sale.order" else line
        if record == line:
            new = {"product_id": self.product.id, fname: value}
            nested = [Command.update(line.id, {fname: value})]
            columns = ["order_id/.id", "product_id/.id", fname]
            row = [str(order.id), str(self.product.id), str(value)]
            new["order_id"] = order.id
            outer = order
            inner = "order_line"
        else:
            new = {"partner_id": self.partner.id, fname: value}
            nested = [Command.update(order.id, {fname: value})]
            columns = ["partner_id/.id", fname]
            row = [str(self.partner.id), str(value)]
            outer = order.env["res.partner"].browse(self.partner.id)
            inner = "sale_order_ids"
        Model = record.env[model]
        return {
            "write": lambda: record.write({fname: value}),
            "create": lambda: Model.create(new),
            "import": lambda: self._import(Model, columns, row),
            "nested": lambda: outer.write({inner: nested}),
            "with a state": lambda: order.write(
                {"state": "sale", fname: value}
                if record == order
                else {"state": "sale", "order_line": nested}
            ),
        }

    def _import(self, model, columns, row):
        result = model.load(columns, [row])
        if not result["ids"]:
            raise AccessError(result["messages"][0]["message"])

    def test_no_person_writes_them(self):
        count = 0
        for login, order in self._personas():
            for model in ("sale.order", "sale.order.line"):
                for fname in self._figures(model):
                    routes = self._routes(order, model, fname, 7)
                    for route, function in routes.items():
                        with (
                            self.subTest(
                                persona=login, route=route, model=model, field=fname
                            ),
                            self.assertRaises(AccessError),
                            self.env.cr.savepoint(),
                        ):
                            function()
                        count += 1
        self.assertGreater(count, 6 * 10 * 5)

    def test_nor_as_defaults(self):
        for login, order in self._personas():
            for model in ("sale.order", "sale.order.line"):
                fnames = list(self._figures(model))
                context = {f"default_{fname}": 7 for fname in fnames}
                defaults = order.env[model].with_context(**context).default_get(fnames)
                with self.subTest(persona=login, model=model):
                    self.assertNotIn(7, defaults.values())

    def test_currency(self):
        currency = self._foreign((100, 100.0))
        order = self._order()
        with self.assertFails(AccessError, "Currency"):
            order.currency_id = currency

    def test_stored_figures_are_not_believed(self):
        """However they came to be wrong."""
        order = self._order(LIMIT * 5)
        self.env.cr.execute(
            "UPDATE sale_order SET amount_total = 1, amount_untaxed = 1, "
            "currency_rate = 1000000 WHERE id = %s",
            [order.id],
        )
        self.env.cr.execute(
            "UPDATE sale_order_line SET price_total = 1, price_subtotal = 1, "
            "price_reduce_taxinc = 1 WHERE order_id = %s",
            [order.id],
        )
        self.env.invalidate_all()
        self.assertEqual(order.amount_total, 1)
        self.assertHeld(order)
        release = order.sudo().kam_credit_release_ids
        self.assertEqual(release.amount, LIMIT * 5)

    def test_taxes_count(self):
        tax = self.env["account.tax"].create(
            {"name": "Twenty", "amount": 20, "company_id": self.company.id}
        )
        order = self._order(900)
        order.order_line.tax_ids = tax
        self.assertEqual(order.sudo()._kam_amount(), 1080)
        self.assertHeld(order)

    def test_rate_of_today(self):
        """Neither the date of an order nor the rate of that day."""
        currency = self._foreign((100, 10.0), (50, 2.0))
        pricelist = self.env["product.pricelist"].create(
            {"name": "Foreign", "currency_id": currency.id}
        )
        order = self._order(2002, pricelist_id=pricelist.id)
        order.date_order = self._day(80)
        self.env.flush_all()
        self.assertEqual(order.currency_rate, 10)
        self.assertEqual(order.sudo()._kam_amount(), 1001)
        self.assertHeld(order)

    def test_date_of_a_confirmed_order(self):
        """It does not make room for another order."""
        currency = self._foreign((100, 10.0), (50, 2.0))
        pricelist = self.env["product.pricelist"].create(
            {"name": "Foreign", "currency_id": currency.id}
        )
        order = self._order(1800, pricelist_id=pricelist.id)
        self.assertPasses(order)
        order.date_order = self._day(80)
        self.assertHeld(self._order(101))

    def test_invoice_status_of_lines(self):
        """It says nothing of what a customer owes: core's users write it."""
        self.product.invoice_policy = "delivery"
        order = self._order(900)
        self.assertPasses(order)
        order.order_line.write({"qty_to_invoice": 0})
        order.order_line.write({"invoice_status": "invoiced"})
        self.env.flush_all()
        self.assertEqual(order.invoice_status, "invoiced")
        self.assertHeld(self._order(101))

    # ------------------------------------------------------------
    # What makes a confirmed order grow
    # ------------------------------------------------------------

    def test_advance_that_is_removed(self):
        """A line that core lets go later does not lower an order before."""
        order = self._order(LIMIT + 500)
        line = order.order_line.create(
            {
                "order_id": order.id,
                "product_id": self.product.id,
                "is_downpayment": True,
                "price_unit": -600,
                "tax_ids": [Command.clear()],
            }
        )
        self.assertPasses(order)
        with self.assertFails(UserError, "needs a credit release"):
            line.unlink()

    def test_taxes_entered_by_hand(self):
        tax = self.env["account.tax"].create(
            {"name": "Twenty", "amount": 20, "company_id": self.company.id}
        )
        order = self._order(900)
        line = order.order_line
        line.tax_ids = tax
        line.extra_tax_data = {
            "currency_id": order.currency_id.id,
            "price_unit": 900,
            "discount": 0,
            "quantity": 1,
            "rate": 1,
            "manual_tax_amounts": {
                str(tax.id): {"tax_amount_currency": 1, "tax_amount": 1}
            },
        }
        self.assertEqual(order.sudo()._kam_amount(), 901)
        self.assertPasses(order)
        with self.assertFails(UserError, "needs a credit release"):
            line.extra_tax_data = False

    # ------------------------------------------------------------
    # Several things at once
    # ------------------------------------------------------------

    def test_state_with_what_it_depends_on(self):
        nobody = self._customer("Nobody")
        for name, partner, amount, values in (
            ("customer", nobody, LIMIT + 1, {"partner_id": self.partner.id}),
            ("payer", nobody, LIMIT + 1, {"partner_invoice_id": self.partner.id}),
            (
                "line",
                self.partner,
                1,
                lambda order: {
                    "order_line": [
                        Command.update(order.order_line.id, {"price_unit": LIMIT + 1})
                    ]
                },
            ),
        ):
            order = self._order(amount, partner)
            more = values(order) if callable(values) else values
            with (
                self.subTest(name),
                self.assertFails(UserError, "needs a credit release"),
                self.env.cr.savepoint(),
            ):
                order.write({"state": "sale", **more})
            self.env.invalidate_all()
            self.assertEqual(order.state, "draft")
        order = self._order(LIMIT + 1)
        order.write({"state": "sale", "partner_id": nobody.id})
        self.assertEqual((order.state, order.partner_id), ("sale", nobody))

    # ------------------------------------------------------------
    # Statements
    # ------------------------------------------------------------

    def _statements(self, number):
        """Statements to try to confirm orders that are blocked, and to list them."""
        accounts = [
            self._graded(f"{number} {i}", self.red, LIMIT) for i in range(number)
        ]
        orders = self.env["sale.order"].union(
            *(self._quotation(account.partner_id, LIMIT + 1) for account in accounts)
        )
        confirmed = self._count(self._as("amy", orders).action_confirm)
        self.assertEqual(set(orders.mapped("state")), {"draft"})
        shown = {
            "kam_credit_result": {},
            "kam_credit_waiting": {},
            "kam_credit_releasable": {},
            "partner_credit_warning": {},
        }
        listed = self._count(self._as("amy", orders).web_read, shown)
        shown["kam_credit_policy"] = {}
        user = self.users["sue"]
        user.group_ids += self.env.ref("sales_team.group_sale_salesman_all_leads")
        del shown["partner_credit_warning"]  # core asks for each of them
        return confirmed, listed, self._count(self._as("sue", orders).web_read, shown)

    @warmup
    def test_many_orders(self):
        """Neither attempts nor lists cost statements for each order."""
        self.red.write({"order_policy": "block", "policy_scope": "over_limit"})
        few, many = self._statements(3), self._statements(30)
        for name, little, much in zip(
            ("attempts", "list of a salesperson", "list of a supervisor"),
            few,
            many,
            strict=True,
        ):
            with self.subTest(name):
                self.assertLessEqual(much, little + 3)


@tagged("post_install", "-at_install")
class TestCreditDebtors(SlipCase):
    """A customer does not leave its grade behind by belonging to another one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.buyer = cls._customer("Bob", is_company=False, parent_id=cls.partner.id)
        cls.company_new = cls._customer("New Company")

    def _join(self, partner, parent):
        """An ordinary change in the form of a contact."""
        user = self.users["amy"]
        user.group_ids += self.env.ref("base.group_partner_manager")
        self._as("amy", partner).write({"parent_id": parent.id, "is_company": False})
        self.env.flush_all()
        self.assertEqual(partner.commercial_partner_id, parent or partner)

    def test_customer_becomes_a_contact(self):
        self._join(self.partner, self.company_new)
        for partner in (self.partner, self.company_new, self.buyer):
            with self.subTest(partner.name):
                self.assertHeld(self._order(LIMIT + 1, partner))
        self.assertPasses(self._order(LIMIT, self.partner))

    def test_its_limit_stays(self):
        """Core gives it that of the new company: none."""
        self._join(self.partner, self.company_new)
        partner = self.partner.with_company(self.company)
        self.assertEqual(partner.credit_limit, LIMIT)

    def test_debts_of_both_count(self):
        self._owe(self.partner, 400, 5)
        self._join(self.partner, self.company_new)
        self._owe(self.company_new, 300, 5)
        self.assertHeld(self._order(301, self.partner))
        order = self._order(302, self.partner)
        self.assertHeld(order)
        release = order.sudo().kam_credit_release_ids
        self.assertEqual((release.credit_exposure, release.excess), (700, 2))
        self.assertPasses(self._order(300, self.partner))

    def test_after_the_refresh(self):
        self.partner.with_company(self.company).credit_limit = LIMIT
        self._join(self.partner, self.company_new)
        self._refresh()
        self.assertEqual(self.account.partner_id, self.company_new)
        customer = self.company_new.with_company(self.company)
        self.assertEqual(customer.credit_limit, LIMIT)
        self.assertHeld(self._order(LIMIT + 1, self.partner))

    def test_contact_of_another_company(self):
        """The grade goes along until the new company has one."""
        self._join(self.buyer, self.company_new)
        self.assertHeld(self._order(LIMIT + 1, self.buyer))
        self.assertPasses(self._order(LIMIT + 1, self.company_new))
        account = self._refresh() and self._account(self.company_new)
        self.assertTrue(account)
        self.assertHeld(self._order(LIMIT + 1, self.buyer))  # it has no grade
        account._assign_credit(self.green, 0, self.env["account.payment.term"])
        self.green.order_policy = "allow"
        self.assertPasses(self._order(LIMIT + 1, self.buyer))

    def test_contact_that_goes_from_one_to_the_next(self):
        green = self._graded("Green", self.green).partner_id
        for number, parents in enumerate(
            (
                [self._customer("A"), self._customer("B")],
                [green, self._customer("C")],
                [self.env["res.partner"]],
            )
        ):
            buyer = self._customer("Bo", is_company=False, parent_id=self.partner.id)
            for parent in parents:
                self._join(buyer, parent)
            with self.subTest(number):
                self.assertHeld(self._order(LIMIT + 1, buyer))
                self.assertIn(self.partner, buyer.kam_former_ids)

    def test_contacts_that_go_along(self):
        self._join(self.partner, self.company_new)
        self._join(self.buyer, self._customer("Third"))
        self.assertHeld(self._order(LIMIT + 1, self.buyer))

    def test_is_company(self):
        user = self.users["amy"]
        user.group_ids += self.env.ref("base.group_partner_manager")
        self._as("amy", self.buyer).is_company = True
        self.assertEqual(self.buyer.commercial_partner_id, self.buyer)
        self.assertHeld(self._order(LIMIT + 1, self.buyer))

    def test_entity_written(self):
        """It is computed; core lets it be written."""
        user = self.users["amy"]
        user.group_ids += self.env.ref("base.group_partner_manager")
        self._as("amy", self.partner).commercial_partner_id = self.company_new
        self.env.flush_all()
        self.assertHeld(self._order(LIMIT + 1, self.partner))

    def test_only_customers_with_a_grade_are_remembered(self):
        contact = self._customer(
            "Cy", is_company=False, parent_id=self._customer("Plain").id
        )
        self._join(contact, self.company_new)
        self.assertFalse(contact.kam_former_ids)

    def test_nobody_sees_or_forgets(self):
        self._join(self.buyer, self.company_new)
        for login in (*PERSONAS, "joe"):
            user = self.users[login]
            user.group_ids += self.env.ref("base.group_partner_manager")
            partner = self._as(login, self.buyer)
            with self.subTest(persona=login):
                with self.assertRaises(AccessError):
                    partner.read(["kam_former_ids"])
                with self.assertRaises(AccessError):
                    partner.write({"kam_former_ids": [Command.clear()]})
        self.assertFalse(self.buyer.copy().kam_former_ids)

    @warmup
    def test_statements(self):
        """Moving contacts costs core some for each; remembering adds none."""

        def moved(number, graded):
            parent = self._customer(f"{number} {graded}")
            if graded:
                self.Account.create(
                    {"partner_id": parent.id, "company_id": self.company.id}
                )._assign_credit(self.red, 5, self.env["account.payment.term"])
            contacts = self.env["res.partner"].create(
                [{"name": f"{i}", "parent_id": parent.id} for i in range(number)]
            )
            target = self._customer("Target")
            return self._count(contacts.write, {"parent_id": target.id})

        few = moved(3, True) - moved(3, False)
        many = moved(30, True) - moved(30, False)
        self.assertLessEqual(many, few + 2)


@tagged("post_install", "-at_install")
class TestCreditPayer(SlipCase):
    """Who is invoiced answers for an order beside who ordered, not instead."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.payer = cls._customer("Payer")

    def _exposure(self, account=None):
        self.env.flush_all()
        self.env.invalidate_all()
        return (account or self.account).credit_exposure

    def test_payer_changed_afterwards(self):
        order = self._order(600)
        self.assertPasses(order)
        self._as("amy", order).partner_invoice_id = self.payer
        self.assertEqual(self._exposure(), 600)
        self.assertHeld(self._order(401))
        order = self._order(402)
        self.assertHeld(order)
        self.assertEqual(order.sudo().kam_credit_release_ids.credit_exposure, 600)
        self.assertPasses(self._order(400))

    def test_payer_set_before(self):
        self.assertPasses(self._order(600, partner_invoice_id=self.payer.id))
        self.assertEqual(self._exposure(), 600)
        self.assertHeld(self._order(401, partner_invoice_id=self.payer.id))
        orders = self._order(300, partner_invoice_id=self.payer.id) + self._order(300)
        orders.action_confirm()
        self.assertEqual(orders.mapped("state"), ["sale", "draft"])

    def test_both_answer(self):
        other = self._graded("Other", self.red, LIMIT)
        order = self._order(600, partner_invoice_id=other.partner_id.id)
        self.assertPasses(order)
        for account in (self.account, other):
            with self.subTest(account.display_name):
                self.assertEqual(self._exposure(account), 600)
                self.assertHeld(self._order(401, account.partner_id))
        order.order_line.price_unit = LIMIT
        with self.assertFails(UserError, "needs a credit release"):
            order.order_line.price_unit = LIMIT + 1

    def test_counts_once(self):
        """For one customer, and for two whose debts count together."""
        office = self._customer("Office", is_company=False, parent_id=self.partner.id)
        self.assertPasses(self._order(500, partner_invoice_id=office.id))
        self.assertEqual(self._exposure(), 500)
        user = self.users["amy"]
        user.group_ids += self.env.ref("base.group_partner_manager")
        self._as("amy", office).write({"parent_id": self.payer.id})
        # It belongs to another customer now, which has no grade
        self.assertPasses(self._order(300, office))
        self.assertEqual(self._exposure(), 800)
        self.assertHeld(self._order(201, office))
        self.assertHeld(self._order(201))
        self.assertPasses(self._order(200, office))

    def test_archived_payer(self):
        order = self._order(600, partner_invoice_id=self.payer.id)
        self.assertPasses(order)
        (self.payer + self.partner).active = False
        self.assertEqual(self._exposure(), 600)

    @warmup
    def test_statements(self):
        """Neither open orders nor customers cost statements each."""

        def count(number):
            accounts = self.Account.union(
                *(self._graded(f"{number} {i}", self.red, 9) for i in range(number))
            )
            orders = self.env["sale.order"].union(
                *(
                    self._quotation(a.partner_id, 3, partner_invoice_id=self.payer.id)
                    for a in accounts
                )
            )
            orders.action_confirm()
            self.env.flush_all()
            self.env.invalidate_all()
            return self._count(accounts.mapped, "credit_exposure")

        few, many = count(3), count(30)
        self.assertLessEqual(many, few + 2)
