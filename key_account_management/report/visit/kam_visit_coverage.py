from odoo import fields, models
from odoo.tools import SQL

from ...models.base.res_users import RANKS
from ...models.relationship.res_partner import LEVELS


class KamVisitCoverage(models.Model):
    """Who of us met whom (C4): one row per visit, visitor and contact.

    The hours of a visit are shared out among its contacts, so that they add up to the
    hours of the visitor.
    """

    _name = "kam.visit.coverage"
    _inherit = ["kam.access.mixin"]
    _description = "Executive Coverage"
    _auto = False
    _order = "date desc"
    _rec_name = "visit_id"

    visit_id = fields.Many2one("kam.visit", readonly=True)
    account_id = fields.Many2one("kam.account", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    team_id = fields.Many2one("crm.team", string="Territory", readonly=True)
    tier_id = fields.Many2one("kam.tier", readonly=True)
    user_id = fields.Many2one("res.users", string="Visitor", readonly=True)
    rank = fields.Selection(
        [
            ("executive", "General manager"),
            ("director", "Marketing director"),
            ("manager", "Key-account manager"),
            ("supervisor", "Supervisor"),
            ("user", "Account manager"),
            ("other", "Others"),
        ],
        string="Level of the Visitor",
        readonly=True,
    )
    is_leader = fields.Boolean(string="Supervisor or Above", readonly=True)
    contact_id = fields.Many2one("res.partner", readonly=True)
    level = fields.Selection(LEVELS, string="Level of the Contact", readonly=True)
    date = fields.Datetime(readonly=True)
    hours = fields.Float(readonly=True)
    time_share = fields.Float(
        string="Share of a Month's Work (%)",
        readonly=True,
        help="Hours of visits against the working hours of a month: of one person, "
        "when looked at by visitor and month.",
    )

    _depends = {
        "kam.visit": ["account_id", "state", "start", "contact_ids", "user_ids"],
        "res.partner": ["kam_level"],
        "res.users": ["group_ids"],
    }

    @property
    def _table_query(self):
        ranks = SQL(" ").join(
            SQL(
                """WHEN EXISTS (SELECT FROM res_groups_users_rel g
                    WHERE g.uid = u.user_id AND g.gid IN %s) THEN %s""",
                self._group_ids(rank),
                rank,
            )
            for rank in RANKS
        )
        return SQL(
            """
            SELECT row_number() OVER (ORDER BY v.id, u.user_id, c.partner_id) AS id,
                v.id AS visit_id, v.account_id, v.partner_id, v.company_id, v.team_id,
                v.tier_id, u.user_id, who.rank,
                who.rank NOT IN ('user', 'other') AS is_leader,
                c.partner_id AS contact_id, p.kam_level AS level, v.start AS date,
                v.duration / GREATEST(met.number, 1) AS hours,
                100 * v.duration / GREATEST(met.number, 1)
                    / NULLIF(cal.hours_per_week * 52 / 12, 0) AS time_share
            FROM kam_visit v
            JOIN kam_visit_user_rel u ON u.visit_id = v.id
            CROSS JOIN LATERAL (SELECT CASE %(ranks)s ELSE 'other' END AS rank) who
            LEFT JOIN kam_visit_contact_rel c ON c.visit_id = v.id
            LEFT JOIN res_partner p ON p.id = c.partner_id
            CROSS JOIN LATERAL (SELECT COUNT(*) AS number
                FROM kam_visit_contact_rel r WHERE r.visit_id = v.id) met
            JOIN res_company co ON co.id = v.company_id
            LEFT JOIN resource_calendar cal ON cal.id = co.resource_calendar_id
            WHERE v.state = 'done'
            """,
            ranks=ranks,
        )

    def _group_ids(self, rank):
        """Groups whose members are of a rank, at least."""
        group = self.env.ref(f"key_account_management.group_kam_{rank}").sudo()
        return tuple((group | group.all_implied_by_ids).ids)
