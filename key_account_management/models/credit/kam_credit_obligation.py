from odoo import api, fields, models
from odoo.tools import SQL


class KamCreditObligation(models.Model):
    """What a customer owed in the trailing window, and how much of it was honoured.

    Contract performance rate (合同履约率) = honoured amount / amount of obligations:

    * Lines of posted customer invoices that fell due in the window, in company
      currency. What credit notes cancelled is no obligation. Honoured is what was
      paid, in whole or in part, up to the due date plus the tolerance; write-offs,
      by an entry or together with a payment, do not honour. What is unpaid while the
      tolerance still runs does not count yet.
    * Confirmed orders that the customer cancelled in the window, by the amount that
      was not invoiced: not honoured, whatever becomes of the order later.

    Read from the records at the moment of asking, never stored. The refresh sums up
    the same query.
    """

    _name = "kam.credit.obligation"
    _inherit = ["kam.access.mixin"]
    _description = "Credit Obligation"
    _auto = False
    _order = "date_due desc, id"

    account_id = fields.Many2one("kam.account", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    move_id = fields.Many2one("account.move", string="Invoice", readonly=True)
    order_id = fields.Many2one("sale.order", string="Cancelled Order", readonly=True)
    date_due = fields.Date(string="Due on", readonly=True)
    date_paid = fields.Date(string="Last Paid on", readonly=True)
    amount = fields.Monetary(string="Owed", readonly=True)
    honoured = fields.Monetary(readonly=True)
    verdict = fields.Selection(
        [
            ("honoured", "Honoured"),
            ("partial", "Partly honoured"),
            ("late", "Late or unpaid"),
            ("cancelled", "Order cancelled by the customer"),
        ],
        readonly=True,
    )

    def action_view_source(self):
        """Open the invoice or the order."""
        self.ensure_one()
        return self.env["ir.actions.actions"]._kam_form(self.move_id or self.order_id)

    @property
    def _table_query(self):
        return SQL(" UNION ALL ").join(
            SQL(
                """
                SELECT o.*, %(currency)s AS currency_id, %(company)s AS company_id,
                    CASE WHEN o.order_id IS NOT NULL THEN 'cancelled'
                        WHEN o.honoured >= o.amount THEN 'honoured'
                        WHEN o.honoured > 0 THEN 'partial' ELSE 'late' END AS verdict
                FROM (%(obligations)s) o WHERE o.amount > 0
                """,
                company=company.id,
                currency=company.currency_id.id,
                obligations=self._obligations_query(
                    company, company._kam_window(company.kam_refresh_day), True
                ),
            )
            for company in self.env.companies.sudo()
        )

    @api.model
    def _rates_query(self, company, window):
        """Performance rate (0–1) by customer, for all customers of a company.

        Cut off, not rounded: 74.996 % is below 75 %.
        """
        return SQL(
            """
            SELECT owner_id AS partner_id, SUM(amount) AS obligation_amount,
                TRUNC(SUM(honoured) / SUM(amount), 4) AS performance_rate
            FROM (%s) o WHERE amount > 0
            GROUP BY owner_id
            """,
            self._obligations_query(company, window, False),
        )

    @api.model
    def _obligations_query(self, company, window, by_account):
        """Obligations of a window by account, or by commercial partner.

        PostgreSQL finds those of one account by its index, as they are grouped by it.
        """
        owner, name, accounts = SQL("p.commercial_partner_id"), SQL("owner_id"), SQL()
        if by_account:
            owner, name = SQL("a.id"), SQL("account_id")
            accounts = SQL(
                """JOIN kam_account a ON a.partner_id = p.commercial_partner_id
                    AND a.company_id = %s""",
                company.id,
            )
        return SQL(
            "%s UNION ALL %s",
            self._lines_query(company, window, owner, name, accounts),
            self._orders_query(company, window, owner, accounts),
        )

    @api.model
    def _lines_query(self, company, window, owner, name, accounts):
        """Receivable lines that fell due in a window.

        :param SQL owner, name: column of the owner, and its name in the result
        :param SQL accounts: join of the register, if the owner needs it
        """
        # Share of the line that an entry settled, in the currency of the line, so
        # that exchange differences change nothing.
        part = SQL(
            """(CASE WHEN l.currency_id = %s THEN r.amount
                ELSE r.debit_amount_currency * l.balance
                    / NULLIF(l.amount_currency, 0) END)""",
            company.currency_id.id,
        )
        # Share of it that is money: what was written off with the payment is not, but
        # for discounts on early payment.
        money = SQL(
            """(CASE WHEN pay.id IS NULL OR r.max_date <= l.discount_date THEN 1
                ELSE LEAST(pay.amount / NULLIF(ABS(k.amount_currency), 0), 1) END)"""
        )
        paid = SQL("kj.type IN ('bank', 'cash', 'credit')")
        tolerance = company.kam_performance_tolerance
        in_time = SQL("r.max_date <= l.date_maturity + %s", tolerance)
        paid_in_time = SQL(
            "COALESCE(SUM(%s * %s) FILTER (WHERE %s AND %s), 0)",
            part,
            money,
            paid,
            in_time,
        )
        return SQL(
            """
            SELECT l.id, %(owner)s AS %(name)s, l.move_id, NULL::int4 AS order_id,
                l.date_maturity AS date_due,
                MAX(r.max_date) FILTER (WHERE %(paid)s) AS date_paid,
                ROUND(CASE WHEN l.date_maturity + %(tolerance)s < %(end)s
                    THEN l.balance - COALESCE(
                        SUM(%(part)s) FILTER (WHERE kj.type = 'sale'), 0)
                    ELSE %(paid_in_time)s END, %(digits)s) AS amount,
                ROUND(%(paid_in_time)s, %(digits)s) AS honoured
            FROM account_move_line l
            JOIN account_journal j ON j.id = l.journal_id AND j.type = 'sale'
            JOIN account_account c ON c.id = l.account_id
                AND c.account_type = 'asset_receivable'
            JOIN res_partner p ON p.id = l.partner_id
            %(accounts)s
            LEFT JOIN account_partial_reconcile r ON r.debit_move_id = l.id
                AND r.max_date <= %(end)s
            LEFT JOIN account_move_line k ON k.id = r.credit_move_id
            LEFT JOIN account_journal kj ON kj.id = k.journal_id
            LEFT JOIN account_payment pay ON pay.id = k.payment_id
            WHERE l.company_id = %(company)s AND l.parent_state = 'posted'
                AND l.balance > 0 AND l.date <= %(end)s
                AND l.date_maturity > %(start)s AND l.date_maturity <= %(end)s
            GROUP BY l.id, %(owner)s
            """,
            owner=owner,
            name=name,
            accounts=accounts,
            part=part,
            paid=paid,
            paid_in_time=paid_in_time,
            tolerance=tolerance,
            digits=company.currency_id.decimal_places,
            company=company.id,
            start=window.start,
            end=window.end,
        )

    @api.model
    def _orders_query(self, company, window, owner, accounts):
        """Confirmed orders that customers cancelled in a window."""
        return SQL(
            """
            SELECT -o.id, %(owner)s, NULL::int4, o.id, o.kam_cancel_date, NULL::date,
                ROUND(o.kam_cancel_amount, %(digits)s), 0::numeric
            FROM sale_order o JOIN res_partner p ON p.id = o.partner_id
            %(accounts)s
            WHERE o.company_id = %(company)s AND o.kam_cancelled_by = 'customer'
                AND o.kam_cancel_date > %(start)s AND o.kam_cancel_date <= %(end)s
            """,
            owner=owner,
            accounts=accounts,
            digits=company.currency_id.decimal_places,
            company=company.id,
            start=window.start,
            end=window.end,
        )
