from datetime import date, datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import LockError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.register.kam_account_refresh import (
    REFRESH_LOCK,
)
from ..common import BATCHES, KamCase


@tagged("post_install", "-at_install")
class TestRefresh(KamCase):
    def test_revenue_counts_posted_invoices_and_credit_notes(self):
        partner = self._customer("Alpha")
        self._invoice(partner, 1000.0)
        self._invoice(partner, 300.0, refund=True)
        draft = self._invoice(partner, 5000.0)
        draft.button_draft()
        cancelled = self._invoice(partner, 7000.0)
        cancelled.button_cancel()
        self._refresh()
        account = self._account(partner)
        self.assertEqual(account.revenue_12m, 700.0)
        self.assertEqual(account.company_id, self.company)
        self.assertEqual(account.currency_id, self.company.currency_id)

    def test_revenue_is_untaxed(self):
        partner = self._customer("Alpha")
        tax = self.env["account.tax"].search(
            [
                ("type_tax_use", "=", "sale"),
                ("company_id", "=", self.company.id),
                ("amount", ">", 0),
            ],
            limit=1,
        )
        invoice = self._invoice(partner, 1000.0)
        invoice.button_draft()
        invoice.invoice_line_ids.tax_ids = tax
        invoice.action_post()
        self.assertGreater(invoice.amount_total, 1000.0)
        self._refresh()
        self.assertEqual(self._account(partner).revenue_12m, 1000.0)

    def test_window_bounds(self):
        """(date − 12 months, date], and the 12 months before that."""
        partner = self._customer("Alpha")
        self._invoice(partner, 1.0, self.today)
        self._invoice(partner, 10.0, self._months_ago(12, days=-1))
        self._invoice(partner, 100.0, self._months_ago(12))
        self._invoice(partner, 1000.0, self._months_ago(24, days=-1))
        self._invoice(partner, 10000.0, self._months_ago(24))
        self._refresh()
        account = self._account(partner)
        self.assertEqual(account.revenue_12m, 11.0)
        self.assertEqual(account.revenue_prev_12m, 1100.0)
        self.assertAlmostEqual(account.growth_rate, 11 / 1100 - 1, 4)

    def test_growth_is_empty_without_a_base(self):
        partner = self._customer("Newcomer")
        self._invoice(partner, 500.0)
        self._refresh()
        self.env.cr.execute(
            "SELECT growth_rate FROM kam_account WHERE id = %s",
            [self._account(partner).id],
        )
        self.assertEqual(self.env.cr.fetchall(), [(None,)])

    def test_window_length_is_a_setting(self):
        partner = self._customer("Alpha")
        self._invoice(partner, 10.0, self._months_ago(7))
        self._orders(partner, 3, self._months_ago(2))
        self.company.kam_window_months = 6
        self._refresh()
        account = self._account(partner)
        self.assertEqual((account.revenue_12m, account.revenue_prev_12m), (0.0, 10.0))
        self.assertEqual(account.orders_per_month, 0.5)

    def test_foreign_currency_counts_in_company_currency(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        self.env["res.currency.rate"].create(
            {
                "currency_id": euro.id,
                "company_id": self.company.id,
                "name": self._months_ago(1),
                "rate": 0.5,
            }
        )
        partner = self._customer("Berlin AG")
        self._invoice(partner, 100.0, currency_id=euro.id)
        self._refresh()
        self.assertEqual(self._account(partner).revenue_12m, 200.0)

    def test_contacts_count_for_their_company(self):
        partner = self._customer("Alpha")
        contact = self.env["res.partner"].create(
            {"name": "Buyer", "parent_id": partner.id}
        )
        self._invoice(contact, 50.0)
        self._refresh()
        self.assertEqual(self._account(partner).revenue_12m, 50.0)
        self.assertFalse(self._account(contact))

    def test_orders(self):
        partner = self._customer("Alpha")
        self._orders(partner, 18, self._months_ago(3))
        self._orders(partner, 2, self._months_ago(14))
        self._orders(partner, 1)._action_cancel()
        self.env["sale.order"].create({"partner_id": partner.id})
        self._refresh()
        account = self._account(partner)
        self.assertEqual(account.order_count_12m, 18)
        self.assertEqual(account.orders_per_month, 1.5)
        self.assertEqual(account.first_order_date, self._months_ago(14))
        self.assertEqual(account.last_order_date, self._months_ago(3))

    def test_orders_counted_as_invoices(self):
        partner = self._customer("Alpha")
        self._orders(partner, 5)
        self._invoices([(partner, 10.0)] * 3, self._months_ago(1))
        self._invoice(partner, 10.0, refund=True)
        self.company.kam_order_source = "invoice"
        self._refresh()
        account = self._account(partner)
        self.assertEqual(account.order_count_12m, 3)
        self.assertEqual(account.last_order_date, self._months_ago(1))

    def test_order_days_are_days_of_the_company(self):
        """An order at 17:00 UTC is one of the next day in Shanghai."""
        self.company.resource_calendar_id.tz = "Asia/Shanghai"
        partner = self._customer("Alpha")
        order = self._orders(partner, 1)
        order.date_order = datetime(2026, 3, 31, 17, 0)
        self._refresh(date="2026-03-31")
        self.assertFalse(self._account(partner).order_count_12m)
        self._refresh(date="2026-04-01")
        account = self._account(partner)
        self.assertEqual(account.order_count_12m, 1)
        self.assertEqual(account.last_order_date, fields.Date.to_date("2026-04-01"))

    def test_rank_and_pareto(self):
        a, b, c, d, e = self._customers(5)
        # 50, 30 | 15 | 5 and nothing; b crosses neither limit, c stands after 80 %
        self._invoices([(a, 50.0), (b, 30.0), (c, 15.0), (d, 5.0)])
        self._invoice(e, 10.0, refund=True)
        self._refresh()
        accounts = self.Account.union(*map(self._account, (a, b, c, d, e)))
        self.assertEqual(accounts.mapped("revenue_rank"), [1, 2, 3, 4, 5])
        self.assertEqual(accounts.mapped("pareto_share"), [0.5, 0.8, 0.95, 1.0, 1.0])
        self.assertEqual("".join(accounts.mapped("pareto_class")), "aabcc")
        self.assertEqual(accounts.mapped("revenue_share")[:2], [0.5, 0.3])

    def test_pareto_class_includes_the_one_that_crosses(self):
        a, b, c = self._customers(3)
        self._invoices([(a, 79.0), (b, 20.0), (c, 1.0)])
        self._refresh()
        classes = [self._account(p).pareto_class for p in (a, b, c)]
        self.assertEqual(classes, ["a", "a", "c"])

    def test_ties_go_by_partner(self):
        first, second = self._customers(2)
        self._invoices([(second, 10.0), (first, 10.0)])
        self._refresh()
        self.assertEqual(self._account(first).revenue_rank, 1)
        self.assertEqual(self._account(second).revenue_rank, 2)

    def test_pareto_without_revenue(self):
        partner = self._customer("Alpha")
        self._orders(partner, 1)
        self._refresh()
        account = self._account(partner)
        self.assertEqual((account.pareto_class, account.pareto_share), ("c", 0.0))

    def test_size_and_manual_override(self):
        big, middle, little = self._customers(3)
        self._invoices([(big, 9700.0), (middle, 200.0), (little, 50.0)])
        self._refresh()
        accounts = self.Account.union(*map(self._account, (big, middle, little)))
        self.assertEqual(accounts.mapped("size"), ["large", "medium", "small"])
        self._account(little).size_manual = "large"
        self._refresh()
        account = self._account(little)
        self.assertEqual((account.size, account.size_computed), ("large", "small"))
        account.size_manual = False
        self.assertEqual(account.size, "small")

    def test_cooperation(self):
        old, friend, new = self._customers(3)
        for partner in (old, friend):
            self._orders(partner, 1, self._months_ago(30))
        self._orders(new, 1)
        self._refresh()
        self._account(friend).strategic_fit = 80
        depths = [self._account(p).cooperation for p in (old, friend, new)]
        self.assertEqual(depths, ["long_term", "strategic", "short_term"])
        self._account(new).cooperation_manual = "strategic"
        self._refresh()
        self.assertEqual(self._account(new).cooperation, "strategic")
        self.assertEqual(self._account(new).cooperation_computed, "short_term")

    def test_potential(self):
        riser, placed, slow = self._customers(3)
        before = self._months_ago(13)
        self._invoices([(riser, 100000.0), (slow, 200000.0)], before)
        self._invoices([(riser, 140000.0), (slow, 210000.0), (placed, 10.0)])
        self._refresh()
        self._account(placed).strategic_fit = 75
        self.assertTrue(self._account(riser).is_potential)
        self.assertTrue(self._account(placed).is_potential)
        self.assertFalse(self._account(slow).is_potential)

    def test_long_term_value(self):
        """Two of the three large customers of last year stayed."""
        stay, also, left = self._customers(3)
        self._invoices([(p, 100.0) for p in (stay, also, left)], self._months_ago(13))
        self._invoices([(stay, 300.0), (also, 100.0)])
        self.company.write({"kam_ltv_horizon": 2, "kam_ltv_discount": 10.0})
        self._refresh()
        kept = 2 / 3 / 1.1
        self.assertAlmostEqual(
            self._account(stay).long_term_value, 300 * (kept + kept**2), 2
        )
        self.assertFalse(self._account(left).long_term_value)

    def test_overdue(self):
        partner = self._customer("Alpha")
        due = {"invoice_date_due": self._months_ago(1)}
        late = self._invoice(partner, 100.0, self._months_ago(2), **due)
        self._invoice(partner, 30.0, invoice_date_due=self.today)
        self._refresh()
        self.assertEqual(self._account(partner).overdue_amount, 100.0)
        self._pay(late, amount=40.0)
        self._refresh()
        self.assertEqual(self._account(partner).overdue_amount, 60.0)

    def test_overdue_of_a_past_day(self):
        partner = self._customer("Alpha")
        due = {"invoice_date_due": self._months_ago(3)}
        invoice = self._invoice(partner, 100.0, self._months_ago(4), **due)
        self._pay(invoice, self._months_ago(2), amount=40.0)
        self._pay(invoice, self._months_ago(1))
        for day, amount in (
            (self._months_ago(3), 0.0),
            (self._months_ago(3, days=-1), 100.0),
            (self._months_ago(2), 60.0),
            (self._months_ago(1), 0.0),
        ):
            self._refresh(date=day)
            self.assertEqual(self._account(partner).overdue_amount, amount, day)

    def test_group_rolls_up(self):
        holding = self._customer("Holding")
        division = self._customer("Division", parent_id=holding.id)
        plant = self._customer("Plant", parent_id=division.id)
        self._invoices([(division, 10.0), (plant, 5.0)])
        self._orders(plant, 2)
        self._refresh()
        top, middle, leaf = map(self._account, (holding, division, plant))
        self.assertEqual(leaf.parent_account_id, middle)
        self.assertEqual(middle.parent_account_id, top)
        self.assertEqual((top.revenue_12m, top.revenue_group_12m), (0.0, 15.0))
        self.assertEqual((middle.revenue_12m, middle.revenue_group_12m), (10.0, 15.0))
        self.assertEqual(top.order_count_group_12m, 2)
        plant.parent_id = False
        self._refresh()
        self.assertFalse(leaf.parent_account_id)
        self.assertEqual(top.revenue_group_12m, 10.0)

    def test_new_rows_belong_to_the_salesperson(self):
        self.east.member_ids = self.users["amy"]
        partner = self._customer("Alpha", user_id=self.users["amy"].id)
        self._invoice(partner, 10.0)
        self._refresh()
        account = self._account(partner)
        self.assertEqual(account.manager_id, self.users["amy"])
        self.assertEqual(account.team_id, self.east)

    def test_second_refresh_writes_nothing(self):
        partners = self._customers(3)
        self._invoices([(p, 100000.0 / 3) for p in partners])
        self._invoices([(p, 1000.0 / 7) for p in partners], self._months_ago(13))
        self._orders(partners[0], 7)
        first = self._refresh()
        self.assertEqual(first["created"], 3)
        self.env.cr.execute("SELECT id, xmin, ctid FROM kam_account ORDER BY id")
        before = self.env.cr.fetchall()
        second = self._refresh()
        self.env.cr.execute("SELECT id, xmin, ctid FROM kam_account ORDER BY id")
        self.assertEqual(self.env.cr.fetchall(), before)
        self.assertEqual((second["created"], second["updated"]), (0, 0))

    def test_only_changed_rows_are_written(self):
        first, second = self._customers(2)
        self._invoices([(first, 100.0), (second, 50.0)])
        self._orders(second, 1)
        self._refresh()
        self._orders(second, 1)
        self.assertEqual(self._refresh()["updated"], 1)

    def test_customers_without_records_left_go_to_zero(self):
        partner = self._customer("Alpha")
        invoice = self._invoice(partner, 100.0)
        self._refresh()
        invoice.button_draft()
        self._refresh()
        account = self._account(partner)
        self.assertEqual((account.revenue_12m, account.pareto_class), (0.0, "c"))

    def test_archived_customers_count_but_are_hidden(self):
        partner = self._customer("Alpha")
        self._invoice(partner, 100.0)
        partner.active = False
        self._refresh()
        account = self._account(partner)
        self.assertFalse(account.active)
        self.assertEqual(account.revenue_12m, 100.0)
        self.assertNotIn(account, self.Account.search([]))
        partner.active = True
        self.assertTrue(account.active)

    def test_past_date_gives_the_picture_of_that_day(self):
        partner = self._customer("Alpha")
        self._invoice(partner, 1500000.0)
        self._invoice(partner, 70.0, self._months_ago(5))
        self._refresh(date=self._months_ago(4))
        account = self._account(partner)
        self.assertEqual(account.revenue_12m, 70.0)
        self.assertFalse(account.proposal_ids)
        self._refresh()
        self.assertEqual(account.revenue_12m, 1500070.0)
        self.assertTrue(account.pending_proposal_id)

    def test_past_picture_calls_for_nothing(self):
        """Rating an account while the register shows a past day proposes nothing."""
        partner = self._customer("Alpha")
        self._invoice(partner, 1500000.0)
        self._refresh()
        proposal = self._proposal(partner)
        self._refresh(date=self._months_ago(4))
        self._account(partner).write({"influence": 10})
        self.assertEqual(proposal.approval_state, "pending")

    def test_two_runs_at_once(self):
        """The second one gives up with a sentence instead of waiting or failing."""
        with self.registry.cursor() as other:
            other.execute(
                "SELECT pg_advisory_xact_lock(%s, %s)", [REFRESH_LOCK, self.company.id]
            )
            with self.assertFails(LockError, "is being refreshed"):
                self._refresh()

    def test_failure_leaves_the_figures(self):
        """What follows from the figures may fail; the figures do not wait for it."""
        partner = self._customer("Alpha")
        self._invoice(partner, 10.0)
        self._refresh()
        self._invoice(partner, 20.0)
        proposals = type(self.env["kam.tier.proposal"])
        self.patch(proposals, "_synchronize", lambda *args, **kwargs: 1 / 0)
        with mute_logger(BATCHES):
            result = self._refresh()
        self.assertEqual(result["failed"], 1)
        self.assertEqual(self._account(partner).revenue_12m, 30.0)

    def test_failure_leaves_the_old_picture(self):
        partner = self._customer("Alpha")
        self._invoice(partner, 10.0)
        self._refresh()
        self._invoice(partner, 20.0)
        self.patch(type(self.Account), "_link_groups", lambda *args: 1 / 0)
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            self._refresh()
        self.assertEqual(self._account(partner).revenue_12m, 10.0)

    def test_cron(self):
        partner = self._customer("Alpha")
        self._invoice(partner, 10.0, self._months_ago(2))
        with self.enter_registry_test_mode():
            self.env.ref(
                "key_account_management.ir_cron_kam_refresh"
            ).method_direct_trigger()
        account = self._account(partner)
        self.assertEqual(account.revenue_12m, 10.0)
        month_end = self.today.replace(day=1) - timedelta(days=1)
        self.assertEqual(account.snapshot_ids.mapped("date"), [month_end])

    def test_today_is_that_of_the_company(self):
        self.company.resource_calendar_id.tz = "Asia/Shanghai"
        with freeze_time("2026-05-31 17:00:00"):
            self._refresh()
        self.assertEqual(
            self.company.kam_refresh_day, fields.Date.to_date("2026-06-01")
        )

    def test_salesperson_of_another_company(self):
        """… could not see the account."""
        self.users["amy"].company_ids |= self._create_company("Oak Test")
        self.users["amy"].company_id = self.users["amy"].company_ids - self.company
        self.users["amy"].company_ids -= self.company
        partner = self._customer("Alpha", user_id=self.users["amy"].id)
        self._invoice(partner, 100.0)
        self._refresh()
        self.assertFalse(self._account(partner).manager_id)

    def test_cron_goes_on_after_a_failure(self):
        refresh = type(self.Account)._refresh_company
        broken, *others = self.env["res.company"].search([]).ids
        done = []

        def fail(model, company, date=None):
            if company.id == broken:
                raise ValueError("broken")
            done.append(company.id)
            return refresh(model, company, date)

        self.assertTrue(others)
        with (
            self.enter_registry_test_mode(),
            patch.object(type(self.Account), "_refresh_company", fail),
            mute_logger(BATCHES),
        ):
            self.env.ref(
                "key_account_management.ir_cron_kam_refresh"
            ).method_direct_trigger()
        self.assertEqual(done, others)

    def test_window_before_ends_of_months(self):
        self.company.kam_window_months = 1
        window = self.company._kam_window(date(2026, 3, 31))
        self.assertEqual(window.start, date(2026, 2, 28))
        self.assertEqual(window.before, date(2026, 1, 31))
