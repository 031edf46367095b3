import contextlib
from contextlib import contextmanager
from datetime import datetime, time

from dateutil.relativedelta import relativedelta

from odoo import SUPERUSER_ID, Command, api, fields
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.sql_db import db_connect
from odoo.tests import BaseCase, TransactionCase, new_test_user
from odoo.tests.common import get_db_name

# Where a failing part of a bulk action is logged
BATCHES = "odoo.addons.key_account_management.models.base.batches"
# ┌────────────┬──────────────────────┬────────────────────────────────────────┐
# │ persona    │ group                │ sees                                   │
# ├────────────┼──────────────────────┼────────────────────────────────────────┤
# │ amy        │ account manager      │ her own accounts                       │
# │ ben        │ account manager      │ accounts in whose team he is           │
# │ sue        │ supervisor           │ accounts of the region East            │
# │ sam        │ supervisor           │ accounts of all China, East included   │
# │ max        │ key-account manager  │ all accounts, decides on tiers         │
# │ dora       │ marketing director   │ … and sets the rules                   │
# │ eve        │ general manager      │ …                                      │
# │ tom        │ auditor              │ all accounts, changes nothing          │
# │ joe        │ internal user        │ nothing                                │
# └────────────┴──────────────────────┴────────────────────────────────────────┘
PERSONAS = {
    "amy": "user",
    "ben": "user",
    "sue": "supervisor",
    "sam": "supervisor",
    "max": "manager",
    "dora": "director",
    "eve": "executive",
    "tom": "auditor",
}


class RaceCase(BaseCase):
    """Two people at the same moment, in real transactions.

    What they work on is committed, in ``_create_records``, and removed in
    ``_clean_up`` when the tests are over.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        cls.addClassCleanup(cls.registry.clear_all_caches)
        cls.addClassCleanup(cls._clean_up)
        with cls._transaction() as env:
            cls._create_records(env)

    @classmethod
    def _create_records(cls, env):
        """Create what the tests work on."""

    @classmethod
    def _clean_up(cls):
        """Remove all that was committed."""

    @classmethod
    @contextmanager
    def _transaction(cls, uid=SUPERUSER_ID):
        """A real transaction, committed at the end."""
        with db_connect(get_db_name()).cursor() as cr:
            yield api.Environment(cr, uid, {"tracking_disable": True})


class KamCase(TransactionCase):
    """A small company that sells: accounting, personas, territories, one product.

    Helpers make real records through Odoo: posted invoices and credit notes,
    registered payments, confirmed orders.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(
            context={**cls.env.context, "tracking_disable": True, "lang": "en_US"}
        )
        cls.company = cls._create_company("Evergreen Test")
        cls.env.user.company_ids |= cls.company
        cls.env = cls.env(
            context={**cls.env.context, "allowed_company_ids": cls.company.ids}
        )
        cls.company = cls.company.with_env(cls.env)
        cls.today = fields.Date.today()
        cls.product = cls.env["product.product"].create(
            {"name": "Bearing", "type": "service", "invoice_policy": "order"}
        )
        cls.Account = cls.env["kam.account"]
        cls.tiers = cls.company.kam_tier_ids
        cls.strategic, cls.core, cls.key = cls.tiers
        cls._create_users()

    @classmethod
    def _create_company(cls, name):
        company = cls.env["res.company"].create(
            {"name": name, "currency_id": cls.env.ref("base.USD").id}
        )
        cls.env["account.chart.template"].try_loading(
            "generic_coa", company, install_demo=False
        )
        return company

    @classmethod
    def _create_users(cls):
        cls.users = {
            login: new_test_user(
                cls.env,
                login=login,
                groups=f"base.group_user,key_account_management.group_kam_{group}",
                company_id=cls.company.id,
                company_ids=[Command.set(cls.company.ids)],
            )
            for login, group in PERSONAS.items()
        }
        cls.users["joe"] = new_test_user(
            cls.env,
            login="joe",
            groups="base.group_user",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        Team = cls.env["crm.team"]
        cls.china = Team.create({"name": "China", "user_id": cls.users["sam"].id})
        cls.east = Team.create(
            {
                "name": "East",
                "user_id": cls.users["sue"].id,
                "kam_parent_id": cls.china.id,
            }
        )

    # ------------------------------------------------------------
    # Records
    # ------------------------------------------------------------

    @classmethod
    def _customer(cls, name, **values):
        return cls.env["res.partner"].create(
            {"name": name, "is_company": True, **values}
        )

    @classmethod
    def _customers(cls, count, prefix="Customer"):
        return cls.env["res.partner"].create(
            [{"name": f"{prefix} {i:03}", "is_company": True} for i in range(count)]
        )

    @classmethod
    def _invoice(cls, partner, amount, date=None, refund=False, **values):
        """Posted customer invoice, or credit note, of an untaxed amount."""
        return cls._invoices([(partner, amount)], date, refund, **values)

    @classmethod
    def _invoices(cls, amounts, date=None, refund=False, **values):
        moves = cls.env["account.move"].create(
            [
                {
                    "move_type": "out_refund" if refund else "out_invoice",
                    "partner_id": partner.id,
                    "invoice_date": date or cls.today,
                    "company_id": cls.company.id,
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "product_id": cls.product.id,
                                "quantity": 1,
                                "price_unit": amount,
                                "tax_ids": [Command.clear()],
                            }
                        )
                    ],
                    **values,
                }
                for partner, amount in amounts
            ]
        )
        moves.action_post()
        return moves

    @classmethod
    def _pay(cls, invoices, date=None, amount=None):
        wizard = (
            cls.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=invoices.ids)
            .create({"payment_date": date or cls.today})
        )
        if amount:
            wizard.amount = amount
        wizard.action_create_payments()

    @classmethod
    def _orders(cls, partner, count, date=None, amount=100.0):
        """Confirmed orders of a day (noon UTC)."""
        orders = cls.env["sale.order"].create(
            [
                {
                    "partner_id": partner.id,
                    "company_id": cls.company.id,
                    "order_line": [
                        Command.create(
                            {"product_id": cls.product.id, "price_unit": amount}
                        )
                    ],
                }
            ]
            * count
        )
        orders.action_confirm()
        orders.date_order = datetime.combine(date or cls.today, time(12))
        return orders

    @contextmanager
    def assertFails(self, exception, message):  # noqa: N802
        """Expect an error with a message (regex), and that it changes nothing."""
        with self.assertRaises(exception) as caught:
            yield
        self.assertRegex(str(caught.exception), message)

    def _count(self, function, *args):
        """Number of statements that a function takes, with a cold cache."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        function(*args)
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    # ------------------------------------------------------------
    # Register
    # ------------------------------------------------------------

    @classmethod
    def _refresh(cls, date=None):
        return cls.Account._refresh(cls.company, date=date)

    @classmethod
    def _account(cls, partner):
        return cls.Account.with_context(active_test=False).search(
            [("partner_id", "=", partner.id), ("company_id", "=", cls.company.id)]
        )

    @classmethod
    def _months_ago(cls, months, **delta):
        return cls.today - relativedelta(months=months, **delta)

    @classmethod
    def _proposal(cls, partner):
        return cls._account(partner).pending_proposal_id

    # ------------------------------------------------------------
    # Checks
    # ------------------------------------------------------------

    def assertFixed(self, form, *users):  # noqa: N802
        """Content that is there already, written again, changes nothing on a form."""
        stored = [f.name for f in form._fields.values() if f.store and f.name != "id"]
        stored = [f for f in stored if not f.startswith(("message_", "activity_"))]
        # Lines that are written all the same are dated anew.
        stored = [f for f in stored if f not in ("write_date", "write_uid")]
        form.env.flush_all()
        before = form.sudo().read(stored, load=False)
        written = [
            name
            for name in stored
            if name not in form._guarded_fields()
            and form._fields[name].type not in ("one2many", "many2many")
        ]
        for user in users:
            for name in written:
                with self.subTest(form=form._name, user=user.login, field=name):
                    value = form.sudo().read([name], load=False)[0][name]
                    form.invalidate_recordset()
                    with contextlib.suppress(UserError), self.env.cr.savepoint():
                        form.with_user(user).write({name: value})  # refused is fine
                    form.invalidate_recordset()
                    after = form.sudo().read(stored, load=False)
                    self.assertEqual(after, before)
