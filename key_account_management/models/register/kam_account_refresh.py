"""Measuring the register: all customers of a company at once, in plain SQL.

One statement measures and rates every customer into a temporary table; one updates
the rows of the register that differ; the others insert new customers, link groups
and keep the proposals in step. Their number does not depend on that of customers,
and nothing is committed in between: a run that dies leaves the old picture.
"""

import logging
from datetime import timedelta
from functools import partial

from odoo import api, fields, models
from odoo.exceptions import AccessError, LockError
from odoo.tools import SQL

from ..base.batches import run_or_each

_logger = logging.getLogger(__name__)
# First key of the advisory lock, the second is the id of the company.
REFRESH_LOCK = 0x6B616D
# Figures that the refresh measures.
METRICS = (
    "revenue_12m",
    "revenue_prev_12m",
    "growth_rate",
    "order_count_12m",
    "orders_per_month",
    "first_order_date",
    "last_order_date",
    "revenue_rank",
    "revenue_share",
    "pareto_share",
    "pareto_class",
    "long_term_value",
    "overdue_amount",
    "revenue_group_12m",
    "order_count_group_12m",
    "overdue_group_amount",
    "size_computed",
    "size",
)
# What the rules of the company say about the figures.
VERDICTS = (
    "cooperation_computed",
    "cooperation",
    "score",
    "tier_computed_id",
    "is_potential",
)
# Entered by people, and rated like the measured figures.
JUDGEMENTS = ("influence", "strategic_fit")
# The measured figures that a criterion can rate: more must mean better.
RATEABLE = (
    "revenue_12m",
    "revenue_group_12m",
    "growth_rate",
    "order_count_12m",
    "orders_per_month",
    "long_term_value",
)


def named(columns):
    """Columns of a SELECT, from a dict of SQL by name."""
    return SQL(", ").join(
        SQL("%s AS %s", column, SQL.identifier(name))
        for name, column in columns.items()
    )


class KamAccountRefresh(models.AbstractModel):
    """How the register is measured, and kept in step with the rules.

    Part of ``kam.account``. The rules in SQL are in ``kam.rules``; accounts that change
    customers go to ``kam.account.merge`` (``_absorb_into``). A later capability adds
    what it measures by extending the methods under *What is measured*.
    """

    _name = "kam.account.refresh"
    _description = "Key Account"

    # ------------------------------------------------------------
    # Entry points
    # ------------------------------------------------------------

    @api.model
    def _refresh(self, companies=None, date=None):
        """Measure all customers from posted invoices, orders and open items.

        Creates missing rows, writes only rows that change, proposes tiers where the
        rules call for another one (not for a past day). Idempotent.

        :param companies: ``res.company`` records, all companies by default
        :param date: last day of the window; today by default. A past day gives the
            picture of that day, so that rules can be tested on it.
        :return: dict with the numbers of ``customers``, rows ``created`` and
            ``updated``, tiers ``proposed``, and steps after measuring that ``failed``
        :raise LockError: another run is refreshing the same company
        """
        companies = (companies or self.env["res.company"].sudo().search([])).sudo()
        results = [self.sudo()._refresh_company(company, date) for company in companies]
        keys = ("customers", "created", "updated", "proposed", "failed")
        return {key: sum(result[key] for result in results) for key in keys}

    @api.model
    def _refresh_company(self, company, date=None):
        today = company._kam_today()
        day = fields.Date.to_date(date) or today
        self._lock_refresh(company)
        self._follow_commercial_partners(company)
        self.env.flush_all()
        result = {
            "customers": self._measure(company, day),
            "created": self._insert_new_rows(company),
            "updated": self._update_changed_rows(),
            "proposed": 0,
            "failed": 0,
        }
        self._link_groups(company)
        self.env.invalidate_all()
        now = fields.Datetime.now()
        values = {"kam_refresh_date": now, "kam_refresh_day": day}
        if day >= today:
            result |= self._refresh_steps(company)
            values["kam_refresh_failed"] = bool(result["failed"])
            if not result["failed"]:
                values["kam_refresh_complete_date"] = now
        self.env.invalidate_all()
        company.write(values)
        return result

    @api.model
    def _refresh_steps(self, company):
        """Follow the rules step by step: one that fails undoes neither the figures nor
        the others.

        :return: dict with the number of steps that ``failed``, and of tiers
            ``proposed``
        """
        done = {}

        def run(step, companies):
            done[step] = steps[step][1](companies)

        steps = self._rule_steps()
        failed = [
            step
            for step, (what, _run) in steps.items()
            if run_or_each(company, partial(run, step), what)
        ]
        proposed = 0 if "tiers" in failed else done["tiers"]
        return {"failed": len(failed), "proposed": proposed}

    def action_refresh_now(self):
        """Refresh the register of the selected companies and say what changed."""
        if not self.env.user.has_group("key_account_management.group_kam_supervisor"):
            raise AccessError(self.env._("Only supervisors refresh the register."))
        return self._action_refresh(self.env.companies)

    @api.model
    def _action_refresh(self, companies):
        result = self._refresh(companies)
        message = self.env._(
            "%(customers)s customers: %(created)s new, %(updated)s changed. "
            "%(proposed)s new tier proposals.",
            **result,
        )
        warning = self.env._(
            "The figures are up to date, but something that follows from them failed. "
            "The administrators were told."
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if result["failed"] else "success",
                "title": self.env._("Register refreshed"),
                "message": warning if result["failed"] else message,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    @api.model
    def _cron_refresh(self):
        """Refresh company by company, and keep the snapshot of each month's end."""
        companies = self.env["res.company"].search([])
        self.env["ir.cron"]._commit_progress(remaining=len(companies))
        for company in companies:
            if run_or_each(
                company,
                self._refresh_with_snapshot,
                lambda env: env._("refreshing the register"),
                retry=True,
            ):
                company.kam_refresh_failed = True
            if not self.env["ir.cron"]._commit_progress(1):
                break

    @api.model
    def _refresh_with_snapshot(self, company):
        try:
            self._refresh(company)
        except LockError:  # someone pressed the button: nothing left to do
            _logger.info("Key accounts of %s are refreshed already", company.id)
            return
        if run_or_each(
            company,
            self.env["kam.account.snapshot"]._take_missing,
            lambda env: env._("monthly snapshot of the register"),
        ):
            company.kam_refresh_failed = True

    @api.model
    def _lock_refresh(self, company):
        [(locked,)] = self.env.execute_query(
            SQL("SELECT pg_try_advisory_xact_lock(%s, %s)", REFRESH_LOCK, company.id)
        )
        if not locked:
            raise LockError(
                self.env._(
                    "The register of %(company)s is being refreshed just now. "
                    "Wait a moment and reload the page.",
                    company=company.display_name,
                )
            )

    # ------------------------------------------------------------
    # Statements of a refresh
    # ------------------------------------------------------------

    @api.model
    def _measure(self, company, day):
        """Fill the temporary table ``kam_refresh`` with every customer's picture.

        :return: number of customers
        """
        cr = self.env.cr
        cr.execute("DROP TABLE IF EXISTS kam_refresh")
        cr.execute(
            SQL(
                "CREATE TEMP TABLE kam_refresh ON COMMIT DROP AS (%s)",
                self._measure_query(company, day),
            )
        )
        count = cr.rowcount
        cr.execute("ANALYZE kam_refresh (partner_id, account_id)")
        return count

    @api.model
    def _insert_new_rows(self, company):
        """Insert the customers that have no row yet, with their salesperson."""
        columns = (*self._metric_fields(), *self._verdict_fields())
        names = SQL(", ").join(SQL.identifier(name) for name in columns)
        values = SQL(", ").join(SQL.identifier("r", name) for name in columns)
        return self._execute_count(
            SQL(
                """
                INSERT INTO kam_account (
                    partner_id, company_id, currency_id, active, industry_id,
                    manager_id, team_id, influence, strategic_fit,
                    create_uid, write_uid, create_date, write_date, %(names)s)
                SELECT r.partner_id, %(company)s, %(currency)s, p.active,
                    p.industry_id, u.id, t.id, 0, 0, %(uid)s, %(uid)s,
                    now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC', %(values)s
                FROM kam_refresh r
                JOIN res_partner p ON p.id = r.partner_id
                LEFT JOIN res_users u ON u.id = p.user_id AND u.active
                    AND NOT u.share AND u.id IN (
                        SELECT user_id FROM res_company_users_rel
                        WHERE cid = %(company)s)
                LEFT JOIN crm_team t ON t.id = u.sale_team_id
                    AND (t.company_id IS NULL OR t.company_id = %(company)s)
                WHERE r.account_id IS NULL
                ORDER BY r.revenue_rank
                ON CONFLICT (partner_id, company_id) DO NOTHING
                """,
                company=company.id,
                currency=company.currency_id.id,
                uid=self.env.uid,
                names=names,
                values=values,
            )
        )

    @api.model
    def _update_changed_rows(self):
        columns = (*self._metric_fields(), *self._verdict_fields())
        return self._execute_count(
            SQL(
                """
                UPDATE kam_account a SET %s FROM kam_refresh r
                WHERE a.id = r.account_id AND (%s) IS DISTINCT FROM (%s)
                """,
                SQL(", ").join(
                    SQL("%s = %s", SQL.identifier(name), SQL.identifier("r", name))
                    for name in columns
                ),
                SQL(", ").join(SQL.identifier("a", name) for name in columns),
                SQL(", ").join(SQL.identifier("r", name) for name in columns),
            )
        )

    @api.model
    def _link_groups(self, company):
        """Point each subsidiary's account to that of the company it belongs to."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE kam_account a SET parent_account_id = group_account.id
                FROM kam_refresh r
                LEFT JOIN kam_account group_account
                    ON group_account.partner_id = r.parent_id
                    AND group_account.company_id = %s
                WHERE a.partner_id = r.partner_id AND a.company_id = %s
                    AND (r.parent_id IS NOT NULL OR r.parent_account_id IS NOT NULL)
                    AND a.parent_account_id IS DISTINCT FROM group_account.id
                """,
                company.id,
                company.id,
            )
        )

    def _execute_count(self, query):
        self.env.cr.execute(query)
        return self.env.cr.rowcount

    # ------------------------------------------------------------
    # Rules on rows that are measured already
    # ------------------------------------------------------------

    def _classify(self):
        """Apply the rules to the figures in the register, without measuring anew."""
        if not self:
            return
        self.flush_model()
        for company, accounts in self.sudo().grouped("company_id").items():
            day = company.kam_refresh_day or company._kam_today()
            cooperation = company._kam_cooperation_sql("a", day)
            self.env.cr.execute(
                SQL(
                    """
                    WITH scored AS (
                        SELECT a.*, %(score)s AS new_score FROM kam_account a
                        WHERE a.id = ANY(%(ids)s)
                    ),
                    rated AS (
                        SELECT t.*, %(tier)s AS tier_computed_id
                        FROM (SELECT id, tier_id, new_score AS score, %(metrics)s
                              FROM scored) t
                    ),
                    judged AS (SELECT v.*, %(potential)s AS is_potential FROM rated v)
                    UPDATE kam_account a SET score = j.score,
                        tier_computed_id = j.tier_computed_id,
                        is_potential = j.is_potential,
                        %(verdicts)s
                        cooperation_computed = %(cooperation)s,
                        cooperation = COALESCE(a.cooperation_manual, %(cooperation)s)
                    FROM judged j WHERE j.id = a.id
                    """,
                    ids=accounts.ids,
                    score=company._kam_criteria()._score_sql("a"),
                    tier=company._kam_tier_sql("t", SQL("t.tier_id"), day),
                    metrics=self._rated_columns(company._kam_criteria()),
                    potential=company._kam_potential_sql("v", day),
                    verdicts=SQL().join(
                        SQL("%s = %s,", SQL.identifier(name), verdict)
                        for name, verdict in self._later_verdicts(
                            company, "j", SQL("j.tier_id"), day
                        ).items()
                    ),
                    cooperation=cooperation,
                )
            )
            accounts.invalidate_recordset(flush=False)
            # A picture of a past day calls for nothing today. After midnight that of
            # yesterday holds until the nightly run.
            if day >= company._kam_today() - timedelta(days=1):
                for _what, run in self.sudo()._rule_steps(accounts).values():
                    run(company)

    @api.model
    def _rated_columns(self, criteria):
        """Columns of the register that the rules of a company look at."""
        names = dict.fromkeys(
            (
                *RATEABLE,
                *JUDGEMENTS,
                *criteria.mapped("metric"),
                *self._carried_fields(),
            )
        )
        return SQL(", ").join(SQL.identifier(name) for name in names)

    # ------------------------------------------------------------
    # Merged and re-parented customers
    # ------------------------------------------------------------

    @api.model
    def _follow_commercial_partners(self, company):
        """Move accounts of partners that became contacts of another customer.

        One that cannot be moved stays, and keeps no other from being measured.
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT a.id, p.commercial_partner_id
                FROM kam_account a JOIN res_partner p ON p.id = a.partner_id
                WHERE a.company_id = %s AND p.commercial_partner_id != p.id
                ORDER BY a.id
                """,
                company.id,
            )
        )
        customers = {
            account_id: self.env["res.partner"].browse(partner_id)
            for account_id, partner_id in rows
        }

        def follow(accounts):
            for account in accounts:
                account._absorb_into(customers[account.id])

        run_or_each(
            self.browse(customers),
            follow,
            lambda env: env._("joining the account with that of the company"),
        )

    # ------------------------------------------------------------
    # The query that measures every customer of a company
    # ------------------------------------------------------------

    @api.model
    def _measure_query(self, company, day, current_tier=None):
        """Query with one row per customer of a company: figures and verdicts.

        Revenue is the sum of ``amount_untaxed_signed`` of posted customer invoices
        and credit notes by commercial partner. Rank and Pareto class go by revenue
        in descending order, ties by partner id: class A holds the customers needed to
        reach the limit of A, the one that crosses it included.

        OFFSET 0 keeps PostgreSQL from merging the steps, which would make it compute
        an expression again wherever a later step refers to it.

        :param current_tier: SQL for the id of the tier an account is in, of the
            register by default (alias ``a``)
        """
        window = company._kam_window(day)
        criteria = company._kam_criteria()
        figures = self._metric_fields()
        entered = sorted({*JUDGEMENTS, *criteria.mapped("metric")} - {*figures})
        sources = self._measured_sources(company, window)
        columns = self._customer_columns(current_tier or SQL("a.tier_id"), entered)
        return SQL(
            """
            WITH RECURSIVE %(sources)s,
            customer AS (
                SELECT partner_id, %(columns)s
                FROM %(joined)s
                FULL JOIN (SELECT * FROM kam_account WHERE company_id = %(company)s) a
                    USING (partner_id)
            ),
            %(groups)s,
            totals AS (
                SELECT total, %(limits)s FROM (
                    SELECT SUM(GREATEST(revenue_12m, 0)) AS total,
                        SUM(GREATEST(revenue_prev_12m, 0)) AS total_prev
                    FROM customer
                ) summed
            ),
            ranked AS (
                SELECT *,
                    ROW_NUMBER() OVER by_revenue AS revenue_rank,
                    SUM(GREATEST(revenue_12m, 0)) OVER by_revenue AS cumulated
                FROM member
                WINDOW by_revenue AS (ORDER BY revenue_12m DESC, partner_id
                                      ROWS UNBOUNDED PRECEDING)
            ),
            sized AS (
                SELECT *, %(size)s AS size_computed, %(size_prev)s AS size_prev
                FROM ranked CROSS JOIN totals
            ),
            %(retention)s,
            measured AS (SELECT %(measures)s FROM sized s
                LEFT JOIN retention ON retention.size = s.size_computed
                LEFT JOIN retention overall ON overall.size IS NULL OFFSET 0),
            scored AS (SELECT m.*, %(score)s AS score FROM measured m OFFSET 0),
            rated AS (SELECT t.*, %(tier)s AS tier_computed_id FROM scored t OFFSET 0),
            judged AS (SELECT v.*, %(potential)s AS is_potential FROM rated v OFFSET 0)
            SELECT j.* %(later)s FROM judged j
            """,
            sources=SQL(", ").join(
                SQL("%s AS (%s)", SQL.identifier(name), query)
                for name, query in sources.items()
            ),
            columns=named({name: sql for name, (sql, _none) in columns.items()}),
            joined=SQL(" FULL JOIN ").join(
                SQL("%s USING (partner_id)" if position else "%s", SQL.identifier(name))
                for position, name in enumerate(sources)
            ),
            company=company.id,
            groups=self._groups_query(columns),
            limits=company._kam_limits_sql(),
            size=company._kam_size_sql("revenue_12m", "large", "medium"),
            size_prev=company._kam_size_sql(
                "revenue_prev_12m", "large_prev", "medium_prev"
            ),
            retention=self._retention_query(company),
            measures=named(self._measured_columns(company, window, entered)),
            score=criteria._score_sql("m"),
            tier=company._kam_tier_sql("t", SQL("t.current_tier_id"), day),
            potential=company._kam_potential_sql("v", day),
            later=SQL().join(
                SQL(", %s AS %s", verdict, SQL.identifier(name))
                for name, verdict in self._later_verdicts(
                    company, "j", SQL("j.current_tier_id"), day
                ).items()
            ),
        )

    @api.model
    def _invoiced_query(self, company, window):
        counts = SQL()
        if company.kam_order_source == "invoice":
            counts = SQL(
                """,
                COUNT(*) FILTER (WHERE m.move_type = 'out_invoice'
                    AND m.invoice_date > %s) AS order_count_12m,
                MIN(m.invoice_date) FILTER (WHERE m.move_type = 'out_invoice')
                    AS first_order_date,
                MAX(m.invoice_date) FILTER (WHERE m.move_type = 'out_invoice')
                    AS last_order_date""",
                window.start,
            )
        return SQL(
            """
            SELECT p.commercial_partner_id AS partner_id,
                SUM(m.amount_untaxed_signed)
                    FILTER (WHERE m.invoice_date > %(start)s) AS revenue_12m,
                SUM(m.amount_untaxed_signed)
                    FILTER (WHERE m.invoice_date > %(before)s
                        AND m.invoice_date <= %(start)s) AS revenue_prev_12m
                %(counts)s
            FROM account_move m
            JOIN res_partner p ON p.id = m.partner_id
            WHERE m.company_id = %(company)s AND m.state = 'posted'
                AND m.move_type IN ('out_invoice', 'out_refund')
                AND m.invoice_date <= %(end)s
            GROUP BY p.commercial_partner_id
            """,
            company=company.id,
            before=window.before,
            start=window.start,
            end=window.end,
            counts=counts,
        )

    @api.model
    def _ordered_query(self, company, window):
        if company.kam_order_source == "invoice":
            return SQL(
                """SELECT partner_id, order_count_12m, first_order_date,
                    last_order_date FROM invoiced"""
            )
        return SQL(
            """
            SELECT p.commercial_partner_id AS partner_id,
                COUNT(*) FILTER (WHERE o.date_order >= %(start)s) AS order_count_12m,
                %(first)s AS first_order_date,
                %(last)s AS last_order_date
            FROM sale_order o
            JOIN res_partner p ON p.id = o.partner_id
            WHERE o.company_id = %(company)s AND o.state = 'sale'
                AND o.date_order < %(end)s
            GROUP BY p.commercial_partner_id
            """,
            company=company.id,
            start=window.start_utc,
            end=window.end_utc,
            first=company._kam_local_date_sql(SQL("MIN(o.date_order)")),
            last=company._kam_local_date_sql(SQL("MAX(o.date_order)")),
        )

    @api.model
    def _overdue_query(self, company, window):
        """Open receivables past due, by commercial partner.

        Today's open amounts are on the lines; for a past day, the reconciliations
        made since then are taken back.
        """
        residual = SQL("SUM(l.amount_residual)")
        still_open = SQL("l.reconciled IS NOT TRUE")
        reconciled = SQL()
        if window.end < company._kam_today():
            residual = SQL(
                "SUM(l.balance - COALESCE(debit.amount, 0) "
                "+ COALESCE(credit.amount, 0))"
            )
            still_open = SQL("l.date <= %s", window.end)
            reconciled = SQL(" ").join(
                SQL(
                    """
                    LEFT JOIN (
                        SELECT %(move)s AS line_id, SUM(amount) AS amount
                        FROM account_partial_reconcile
                        WHERE company_id = %(company)s AND max_date <= %(end)s
                        GROUP BY %(move)s
                    ) AS %(side)s ON %(side)s.line_id = l.id
                    """,
                    move=SQL.identifier(f"{side}_move_id"),
                    side=SQL.identifier(side),
                    company=company.id,
                    end=window.end,
                )
                for side in ("debit", "credit")
            )
        return SQL(
            """
            SELECT p.commercial_partner_id AS partner_id,
                %(residual)s AS overdue_amount
            FROM account_move_line l
            JOIN account_account c ON c.id = l.account_id
                AND c.account_type = 'asset_receivable'
            JOIN res_partner p ON p.id = l.partner_id
            %(reconciled)s
            WHERE l.company_id = %(company)s AND l.parent_state = 'posted'
                AND l.date_maturity < %(end)s AND %(still_open)s
            GROUP BY p.commercial_partner_id
            HAVING %(residual)s > 0
            """,
            residual=residual,
            reconciled=reconciled,
            still_open=still_open,
            company=company.id,
            end=window.end,
        )

    @api.model
    def _groups_query(self, columns):
        """CTEs ``kin`` … ``member``: customers and their groups, with group sums.

        A company whose contact belongs to another company is its subsidiary. Parents
        without records of their own get a row, too, as their subsidiaries count.

        :param dict columns: see :meth:`_customer_columns`
        """
        return SQL(
            """
            kin AS (
                SELECT p.id, parent.commercial_partner_id AS parent_id
                FROM res_partner p JOIN res_partner parent ON parent.id = p.parent_id
                WHERE p.commercial_partner_id = p.id
            ),
            lineage AS (
                SELECT id, parent_id FROM kin
                UNION
                SELECT l.id, k.parent_id FROM lineage l JOIN kin k ON k.id = l.parent_id
            ),
            consolidated AS (
                SELECT l.parent_id AS partner_id,
                    SUM(c.revenue_12m) AS revenue,
                    SUM(c.order_count_12m) AS order_count,
                    SUM(c.overdue_amount) AS overdue
                FROM lineage l JOIN customer c ON c.partner_id = l.id
                GROUP BY l.parent_id
            ),
            everyone AS (
                SELECT * FROM customer
                UNION ALL
                SELECT g.partner_id, %s
                FROM consolidated g
                WHERE NOT EXISTS (SELECT FROM customer c
                                  WHERE c.partner_id = g.partner_id)
            ),
            member AS (
                SELECT e.*, kin.parent_id,
                    e.revenue_12m + COALESCE(g.revenue, 0) AS revenue_group_12m,
                    e.order_count_12m + COALESCE(g.order_count, 0)
                        AS order_count_group_12m,
                    COALESCE(e.overdue_amount, 0) + COALESCE(g.overdue, 0)
                        AS overdue_group_amount
                FROM everyone e
                LEFT JOIN kin ON kin.id = e.partner_id
                LEFT JOIN consolidated g ON g.partner_id = e.partner_id
            )
            """,
            named({name: none for name, (_sql, none) in columns.items()}),
        )

    @api.model
    def _retention_query(self, company):
        """CTE ``retention``: yearly retention and value factor per size class.

        Of the customers who bought in the window before, by their size then, the
        share r who bought again in the window. The long-term value of a customer is
        its revenue × Σ_{t=1…horizon} (r / (1 + d))^t, the discounted revenue expected
        of a customer of its class (simple retention model of customer lifetime
        value). A class without a base takes the rate of all customers.
        """
        return SQL(
            """
            retention AS (
                SELECT size, (
                    SELECT SUM(POWER(rate / %(discount)s, t))::numeric
                    FROM generate_series(1, %(horizon)s) t) AS factor
                FROM (
                    SELECT size_prev AS size,
                        AVG((revenue_12m > 0)::int::float8) AS rate
                    FROM sized WHERE revenue_prev_12m > 0
                    GROUP BY ROLLUP (size_prev)
                ) observed
            )
            """,
            discount=1 + company.kam_ltv_discount / 100,
            horizon=company.kam_ltv_horizon,
        )

    # ------------------------------------------------------------
    # What is measured: a later capability adds its own
    # ------------------------------------------------------------

    @api.model
    def _metric_fields(self):
        """Figures that are measured from the books."""
        return METRICS

    @api.model
    def _verdict_fields(self):
        """What the rules say about the figures."""
        return VERDICTS

    @api.model
    def _carried_fields(self):
        """Fields of the register, beside its figures, that the rules look at."""
        return ()

    @api.model
    def _measured_sources(self, company, window):
        """Queries that each measure something, with one row per ``partner_id``.

        :return: dict of SQL by the name under which :meth:`_customer_columns` finds it
        """
        return {
            "invoiced": self._invoiced_query(company, window),
            "ordered": self._ordered_query(company, window),
            "overdue": self._overdue_query(company, window),
        }

    @api.model
    def _customer_columns(self, current_tier, entered):
        """What is known of a customer, from the sources and from the register (``a``).

        :param SQL current_tier: id of the tier that the account is in
        :param entered: fields of the register that people enter
        :return: dict of pairs by name of the column: SQL, and SQL for a group that has
            no records of its own
        """
        empty, none = SQL("NULL"), SQL("0")
        return {
            "account_id": (SQL("a.id"), empty),
            "parent_account_id": (SQL("a.parent_account_id"), empty),
            "size_manual": (SQL("a.size_manual"), empty),
            "cooperation_manual": (SQL("a.cooperation_manual"), empty),
            "current_tier_id": (current_tier, empty),
            **{
                name: (SQL("COALESCE(%s, 0)", SQL.identifier("a", name)), none)
                for name in entered
            },
            "revenue_12m": (SQL("COALESCE(invoiced.revenue_12m, 0)"), none),
            "revenue_prev_12m": (SQL("COALESCE(invoiced.revenue_prev_12m, 0)"), none),
            "order_count_12m": (SQL("COALESCE(ordered.order_count_12m, 0)"), none),
            "first_order_date": (SQL("ordered.first_order_date"), empty),
            "last_order_date": (SQL("ordered.last_order_date"), empty),
            "overdue_amount": (SQL("GREATEST(overdue.overdue_amount, 0)"), empty),
        }

    @api.model
    def _later_verdicts(self, company, alias, current_tier, day):
        """Verdicts that rest on those of the register.

        :param str alias: SQL alias of a row with figures and verdicts
        :param SQL current_tier: id of the tier that the account is in
        :return: dict of SQL by name of the field
        """
        return {}

    @api.model
    def _measured_columns(self, company, window, entered):
        """Figures of a customer, from the columns of its row ``s``.

        :return: dict of SQL by name of the column
        """
        carried = (
            "partner_id",
            "account_id",
            "parent_id",
            "parent_account_id",
            "current_tier_id",
            *entered,
            "revenue_12m",
            "revenue_prev_12m",
            "first_order_date",
            "last_order_date",
            "revenue_group_12m",
            "overdue_group_amount",
            "size_computed",
            *self._carried_fields(),
        )
        cooperation = company._kam_cooperation_sql("s", window.end)
        share = "ROUND(CASE WHEN s.total > 0 THEN %s / s.total ELSE 0 END, 6)"
        return {
            **{name: SQL.identifier("s", name) for name in carried},
            "growth_rate": SQL(
                """CASE WHEN s.revenue_prev_12m > 0
                    THEN ROUND(s.revenue_12m / s.revenue_prev_12m - 1, 4) END"""
            ),
            "order_count_12m": SQL("s.order_count_12m::int4"),
            "order_count_group_12m": SQL("s.order_count_group_12m::int4"),
            "orders_per_month": SQL(
                "ROUND(s.order_count_12m::numeric / %s, 2)", window.months
            ),
            "revenue_rank": SQL("s.revenue_rank::int4"),
            "revenue_share": SQL(share, SQL("s.revenue_12m")),
            "pareto_share": SQL(share, SQL("s.cumulated")),
            "pareto_class": company._kam_pareto_sql("s"),
            "long_term_value": SQL(
                """ROUND(GREATEST(s.revenue_12m, 0)
                    * COALESCE(retention.factor, overall.factor), %s)""",
                company.currency_id.decimal_places,
            ),
            "overdue_amount": SQL("COALESCE(s.overdue_amount, 0)"),
            "size": SQL("COALESCE(s.size_manual, s.size_computed)"),
            "cooperation_computed": cooperation,
            "cooperation": SQL("COALESCE(s.cooperation_manual, %s)", cooperation),
        }

    @api.model
    def _rule_steps(self, accounts=None):
        """What the rules call for when the figures are measured, in order.

        :param accounts: only these ``kam.account`` records, whose figures did not
            change
        :return: dict by name of pairs: a function from an environment to what is being
            done, in its language, and a function of a company that does it
        """
        propose = self.env["kam.tier.proposal"]._synchronize
        return {
            "tiers": (
                lambda env: env._("proposing tiers"),
                partial(propose, accounts=accounts),
            ),
        }
