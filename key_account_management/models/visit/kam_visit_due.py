from odoo import api, fields, models
from odoo.tools import SQL

from ..relationship.res_partner import LEVELS


class KamVisitDue(models.Model):
    """Next visit that the cadence calls for, by account and level.

    Read from the visits at the moment of asking, in one statement for all accounts. A
    level never visited is due one interval after the account got its tier.
    """

    _name = "kam.visit.due"
    _inherit = ["kam.access.mixin"]
    _description = "Due Visit"
    _auto = False
    _order = "date_due, id"
    _rec_name = "account_id"
    _depends = {
        "kam.account": [
            "active",
            "is_potential",
            "manager_id",
            "team_id",
            "tier_date",
            "tier_id",
        ],
        "kam.visit": ["account_id", "state", "start", "contact_ids", "level"],
        "kam.visit.cadence": ["tier_id", "level", "interval_number", "interval_unit"],
        "res.partner": ["kam_level", "tz"],
        "res.company": ["resource_calendar_id", "partner_id"],
        "resource.calendar": ["tz"],
    }

    account_id = fields.Many2one("kam.account", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    manager_id = fields.Many2one("res.users", string="Account Manager", readonly=True)
    team_id = fields.Many2one("crm.team", string="Territory", readonly=True)
    tier_id = fields.Many2one("kam.tier", readonly=True)
    level = fields.Selection(LEVELS, readonly=True)
    date_last = fields.Date(string="Last Visit", readonly=True)
    date_due = fields.Date(string="Due on", readonly=True)
    date_planned = fields.Date(string="Planned for", readonly=True)
    is_overdue = fields.Boolean(
        string="Overdue", compute="_compute_is_overdue", search="_search_is_overdue"
    )

    @api.depends("date_due", "date_planned")
    def _compute_is_overdue(self):
        for due in self:
            today = due.company_id._kam_today()
            due.is_overdue = due.date_due < today and not due.date_planned

    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        return self.env["res.company"]._kam_today_domain(
            lambda today: [("date_due", "<", today), ("date_planned", "=", False)]
        )

    def action_plan(self):
        """Start a visit to the people of this level."""
        self.ensure_one()
        contacts = self.env["res.partner"].search(
            [
                ("commercial_partner_id", "=", self.partner_id.id),
                ("kam_level", "=", self.level),
            ],
            limit=1,
        )
        return self.env["ir.actions.actions"]._kam_form(
            self.env["kam.visit"],
            self.env._("Visit"),
            {
                "default_account_id": self.account_id.id,
                "default_contact_ids": contacts.ids,
                "default_level": self.level,
            },
        )

    @property
    def _table_query(self):
        """Days are those where the company is. A planned visit whose day is over
        without a record did not take place: it plans nothing any more."""
        return SQL(
            """
            WITH zone AS (%(zones)s),
            met AS (
                SELECT v.account_id, COALESCE(p.kam_level, v.level, 'front') AS level,
                    MAX(local.day) FILTER (WHERE v.state = 'done') AS date_last,
                    MIN(local.day) FILTER (
                        WHERE v.state = 'planned' AND local.day >= local.today
                    ) AS date_planned
                FROM kam_visit v
                JOIN zone ON zone.id = v.company_id
                CROSS JOIN LATERAL (
                    SELECT (v.start AT TIME ZONE 'UTC' AT TIME ZONE zone.tz)::date
                            AS day,
                        (%(now)s::timestamp AT TIME ZONE 'UTC' AT TIME ZONE zone.tz
                            )::date AS today
                ) local
                LEFT JOIN kam_visit_contact_rel r ON r.visit_id = v.id
                LEFT JOIN res_partner p ON p.id = r.partner_id
                WHERE v.state IN ('done', 'planned')
                GROUP BY 1, 2
            )
            SELECT a.id * 4 + CASE c.level
                    WHEN 'executive' THEN 1 WHEN 'middle' THEN 2 ELSE 3 END AS id,
                a.id AS account_id, a.partner_id, a.company_id, a.manager_id,
                a.team_id, a.tier_id, c.level, met.date_last, met.date_planned,
                (COALESCE(met.date_last, a.tier_date,
                        (a.create_date AT TIME ZONE 'UTC' AT TIME ZONE zone.tz)::date)
                    + c.interval_number * CASE c.interval_unit
                        WHEN 'week' THEN INTERVAL '1 week'
                        ELSE INTERVAL '1 month' END)::date AS date_due
            FROM kam_account a
            JOIN zone ON zone.id = a.company_id
            JOIN kam_visit_cadence c ON c.company_id = a.company_id
                AND (c.tier_id = a.tier_id
                    OR (c.tier_id IS NULL AND a.tier_id IS NULL AND a.is_potential))
            LEFT JOIN met ON met.account_id = a.id AND met.level = c.level
            WHERE a.active
            """,
            zones=self.env["res.company"]._kam_timezone_sql(),
            now=fields.Datetime.now(),
        )
