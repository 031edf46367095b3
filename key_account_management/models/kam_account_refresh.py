"""Measuring the register: all customers of a company at once, in plain SQL.

One statement measures and rates every customer into a temporary table; one updates
the rows of the register that differ; the others insert new customers, link groups
and keep the proposals in step. Their number does not depend on that of customers,
and nothing is committed in between: a run that dies leaves the old picture.
"""

import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, LockError
from odoo.tools import SQL

from .kam_account import JUDGEMENTS, METRICS, RATEABLE, VERDICTS
from .kam_account_measure import CARRIED_CREDIT

_logger = logging.getLogger(__name__)

# First key of the advisory lock, the second is the id of the company.
REFRESH_LOCK = 0x6B616D


class KamAccount(models.Model):
    _inherit = "kam.account"

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
            ``updated``, and tiers ``proposed``
        :raise LockError: another run is refreshing the same company
        """
        companies = (companies or self.env["res.company"].sudo().search([])).sudo()
        totals = dict.fromkeys(("customers", "created", "updated", "proposed"), 0)
        for company in companies:
            result = self.sudo()._refresh_company(company, date)
            totals = {key: totals[key] + result[key] for key in totals}
        return totals

    @api.model
    def _refresh_company(self, company, date=None):
        today = company._kam_today()
        day = fields.Date.to_date(date) or today
        self._lock_refresh(company)
        self.env.flush_all()
        self._follow_commercial_partners(company)
        customers = self._measure(company, day)
        created = self._insert_new_rows(company)
        updated = self._update_changed_rows()
        self._link_groups(company)
        proposed = 0
        if day >= today:
            self._withdraw_treatment(company)
            proposed = self.env["kam.tier.proposal"]._synchronize(company)
            self.env["kam.credit.request"]._synchronize(company)
        self.env.invalidate_all()
        company.write(
            {"kam_refresh_date": fields.Datetime.now(), "kam_refresh_day": day}
        )
        return {
            "customers": customers,
            "created": created,
            "updated": updated,
            "proposed": proposed,
        }

    def action_refresh_now(self):
        """Refresh the register of the selected companies and say what changed."""
        if not self.env.user.has_group("key_account_management.group_kam_supervisor"):
            raise AccessError(self.env._("Only supervisors refresh the register."))
        return self._action_refresh(self.env.companies)

    @api.model
    def _action_refresh(self, companies):
        result = self._refresh(companies)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "title": self.env._("Register refreshed"),
                "message": self.env._(
                    "%(customers)s customers: %(created)s new, %(updated)s changed. "
                    "%(proposed)s new tier proposals.",
                    **result,
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    @api.model
    def _cron_refresh(self):
        """Refresh company by company, and keep the snapshot of each month's end."""
        companies = self.env["res.company"].search([])
        self.env["ir.cron"]._commit_progress(remaining=len(companies))
        for company in companies:
            try:
                with self.env.cr.savepoint():
                    self._refresh(company)
                    self.env["kam.account.snapshot"]._take_missing(company)
            except LockError:  # someone pressed the button: nothing left to do
                _logger.info("Key accounts of %s are refreshed already", company.id)
            except Exception:  # one company does not keep the others waiting
                _logger.exception("Refreshing key accounts of %s failed", company.id)
            if not self.env["ir.cron"]._commit_progress(1):
                break

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
        columns = (*METRICS, *VERDICTS)
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
        columns = (*METRICS, *VERDICTS)
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
                        credit_grade_computed_id = %(grade)s,
                        cooperation_computed = %(cooperation)s,
                        cooperation = COALESCE(a.cooperation_manual, %(cooperation)s)
                    FROM judged j WHERE j.id = a.id
                    """,
                    ids=accounts.ids,
                    score=company._kam_criteria()._score_sql("a"),
                    tier=company._kam_tier_sql("t", SQL("t.tier_id"), day),
                    metrics=self._rated_columns(company._kam_criteria()),
                    potential=company._kam_potential_sql("v", day),
                    grade=company._kam_credit_grade_sql("j", SQL("j.tier_id"), day),
                    cooperation=cooperation,
                )
            )
            accounts.invalidate_recordset(flush=False)
            # A picture of a past day calls for nothing today. After midnight that of
            # yesterday holds until the nightly run.
            if day >= company._kam_today() - timedelta(days=1):
                self.env["kam.tier.proposal"].sudo()._synchronize(company, accounts)
                self.env["kam.credit.request"].sudo()._synchronize(company, accounts)

    @api.model
    def _rated_columns(self, criteria):
        """Columns of the register that the rules of a company look at."""
        names = dict.fromkeys(
            (
                *RATEABLE,
                *JUDGEMENTS,
                *criteria.mapped("metric"),
                "performance_rate",
                *CARRIED_CREDIT,
            )
        )
        return SQL(", ").join(SQL.identifier(name) for name in names)

    # ------------------------------------------------------------
    # Merged and re-parented customers
    # ------------------------------------------------------------

    @api.model
    def _follow_commercial_partners(self, company):
        """Move accounts of partners that became contacts of another customer."""
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
        for account_id, partner_id in rows:
            partner = self.env["res.partner"].browse(partner_id)
            self.browse(account_id)._absorb_into(partner)
