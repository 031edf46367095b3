from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL


class KamAccountSnapshot(models.Model):
    """Picture of an account at the end of a month, for history and migration.

    Measured from the records as of that day, so that past months can be rebuilt.
    The tier is the one that was assigned then; for the time before the first
    decision on an account, the one that the rules would have called for.
    """

    _name = "kam.account.snapshot"
    _inherit = ["kam.access.mixin"]
    _description = "Key Account Monthly Snapshot"
    _order = "date desc, revenue_rank"
    _rec_name = "account_id"

    account_id = fields.Many2one(
        "kam.account", required=True, index=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="restrict"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(required=True, readonly=True)
    manager_id = fields.Many2one(related="account_id.manager_id")
    team_id = fields.Many2one(related="account_id.team_id")
    industry_id = fields.Many2one(related="account_id.industry_id")
    tier_id = fields.Many2one("kam.tier", readonly=True, ondelete="restrict")
    tier_computed_id = fields.Many2one(
        "kam.tier", string="Computed Tier", readonly=True, ondelete="restrict"
    )
    tier_previous_id = fields.Many2one(
        "kam.tier", string="Tier a Month Before", readonly=True, ondelete="restrict"
    )
    movement = fields.Selection(
        [
            ("entry", "Became key account"),
            ("promotion", "Promotion"),
            ("demotion", "Demotion"),
            ("exit", "Became ordinary customer"),
        ],
        readonly=True,
    )
    is_key_account = fields.Integer(
        string="Key Accounts", readonly=True, help="1 for an account in a tier."
    )
    revenue_12m = fields.Monetary(string="Revenue", readonly=True)
    order_count_12m = fields.Integer(string="Orders", readonly=True)
    revenue_rank = fields.Integer(string="Rank", readonly=True, aggregator=None)
    pareto_class = fields.Selection([("a", "A"), ("b", "B"), ("c", "C")], readonly=True)
    score = fields.Float(digits=(5, 2), readonly=True, aggregator="avg")
    overdue_amount = fields.Monetary(readonly=True)

    _account_date_uniq = models.Constraint("UNIQUE (account_id, date)")
    _company_date_idx = models.Index("(company_id, date)")

    @api.model
    def _take_missing(self, company):
        """Take the snapshot of the month that ended last, when there is none yet."""
        month_end = company._kam_today() + relativedelta(day=1, days=-1)
        if not self.search_count(
            [("company_id", "=", company.id), ("date", "=", month_end)], limit=1
        ):
            self._rebuild(company, month_end, month_end)

    @api.model
    def _rebuild(self, company, date_from, date_to):
        """Take the snapshots of all month ends in a period, replacing what is there.

        Months are taken in order, as each one needs the tiers of the one before.

        :return: number of months
        """
        self.env.flush_all()
        day = date_from + relativedelta(day=31)
        months = 0
        while day <= date_to:
            self._take(company, day)
            day += relativedelta(months=1, day=31)
            months += 1
        self.invalidate_model(flush=False)
        return months

    @api.model
    def _measured_fields(self):
        """What is kept of the figures; a later capability adds its own."""
        return (
            "revenue_12m",
            "order_count_12m",
            "revenue_rank",
            "pareto_class",
            "score",
            "overdue_amount",
            "tier_computed_id",
        )

    @api.model
    def _take(self, company, day):
        self.env.cr.execute("DROP TABLE IF EXISTS kam_snapshot")
        self.env.cr.execute(
            SQL(
                """
                CREATE TEMP TABLE kam_snapshot ON COMMIT DROP AS
                SELECT DISTINCT ON (a.id) a.id AS account_id,
                    previous.tier_id AS tier_previous_id,
                    h.id IS NOT NULL AS decided, h.tier_to_id AS tier_decided_id
                FROM kam_account a
                LEFT JOIN kam_account_snapshot previous
                    ON previous.account_id = a.id AND previous.date = %(previous)s
                LEFT JOIN kam_tier_history h
                    ON h.account_id = a.id AND h.date < %(end)s
                WHERE a.company_id = %(company)s
                ORDER BY a.id, h.date DESC, h.id DESC
                """,
                previous=day + relativedelta(day=1, days=-1),
                end=company._kam_window(day).end_utc,
                company=company.id,
            )
        )
        measures = self.env["kam.account"]._measure_query(
            company,
            day,
            current_tier=SQL(
                """(SELECT CASE WHEN s.decided THEN s.tier_decided_id
                        ELSE s.tier_previous_id END
                    FROM kam_snapshot s WHERE s.account_id = a.id)"""
            ),
        )
        names = self._measured_fields()
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM kam_account_snapshot WHERE company_id = %s AND date = %s
                """,
                company.id,
                day,
            )
        )
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO kam_account_snapshot (
                    account_id, company_id, date, tier_id, tier_previous_id,
                    is_key_account, movement, create_uid, write_uid, create_date,
                    write_date, %(names)s)
                SELECT m.account_id, %(company)s, %(day)s, m.tier_id,
                    m.tier_previous_id, (m.tier_id IS NOT NULL)::int, %(movement)s,
                    %(uid)s, %(uid)s, %(now)s, %(now)s, %(names)s
                FROM (
                    SELECT r.*, s.tier_previous_id, CASE WHEN s.decided
                        THEN s.tier_decided_id ELSE r.tier_computed_id END AS tier_id
                    FROM (%(measures)s) r
                    JOIN kam_snapshot s ON s.account_id = r.account_id
                    WHERE r.first_order_date IS NOT NULL OR r.revenue_12m != 0
                        OR r.revenue_prev_12m != 0 OR s.decided
                ) m
                LEFT JOIN kam_tier tier_from ON tier_from.id = m.tier_previous_id
                LEFT JOIN kam_tier tier_to ON tier_to.id = m.tier_id
                """,
                company=company.id,
                day=day,
                movement=self.env["kam.tier.proposal"]._movement_sql(
                    "tier_from", "tier_to"
                ),
                uid=self.env.uid,
                now=fields.Datetime.now(),
                names=SQL(", ").join(SQL.identifier(name) for name in names),
                measures=measures,
            )
        )
