from odoo import api, fields, models
from odoo.tools import SQL

from ..screening.kam_development_contact import ATTITUDES, PROGRESS, WAYS


class KamDevelopmentRecord(models.Model):
    """大客户开发记录表: all that was done to win a customer, in order (B7).

    The contacts entered by hand, the visits that took place, and the phone calls that
    followed them up, numbered and added up by customer: by account or, while a lead has
    none, by screening. Read from these records at the moment of asking, so that nobody
    enters a visit twice.
    """

    _name = "kam.development.record"
    _inherit = ["kam.access.mixin"]
    _description = "Development Record"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "customer"
    _depends = {
        "kam.account": ["partner_id"],
        "kam.development.contact": [
            "account_id",
            "attitude",
            "company_id",
            "date",
            "duration",
            "method",
            "note",
            "person_id",
            "person_name",
            "progress",
            "reason",
            "result",
            "screening_id",
            "user_id",
        ],
        "kam.screening": ["candidate"],
        "kam.visit": [
            "account_id",
            "attitude",
            "check_in",
            "check_out",
            "company_id",
            "contact_ids",
            "duration",
            "experience",
            "follow_up_call",
            "follow_up_user_id",
            "main_points",
            "method",
            "outcome",
            "progress",
            "shortcomings",
            "start",
            "state",
            "user_id",
        ],
        "res.partner": ["name"],
    }

    kind = fields.Selection(
        [
            ("contact", "Entered by hand"),
            ("visit", "Visit"),
            ("call", "Follow-up call"),
        ],
        string="Source",
        readonly=True,
    )
    contact_id = fields.Many2one(
        "kam.development.contact", string="Development Contact", readonly=True
    )
    visit_id = fields.Many2one("kam.visit", readonly=True)
    account_id = fields.Many2one("kam.account", readonly=True)
    screening_id = fields.Many2one("kam.screening", readonly=True)
    customer = fields.Char(readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    date = fields.Datetime(readonly=True)
    user_id = fields.Many2one("res.users", string="Our Representative", readonly=True)
    people = fields.Char(string="People Met", readonly=True)
    duration = fields.Float(readonly=True)
    method = fields.Selection(WAYS, readonly=True)
    progress = fields.Selection(PROGRESS, readonly=True)
    attitude = fields.Selection(ATTITUDES, readonly=True)
    result = fields.Char(readonly=True)
    reason = fields.Char(string="Reason for Success or Failure", readonly=True)
    note = fields.Char(string="Remark", readonly=True)
    number = fields.Integer(string="Contacts to Date", readonly=True, aggregator=None)
    total_duration = fields.Float(string="Time to Date", readonly=True, aggregator=None)

    def action_view_source(self):
        """Open the contact or the visit that the row was read from."""
        self.ensure_one()
        return self.env["ir.actions.actions"]._kam_form(
            self.contact_id or self.visit_id
        )

    def action_record_contact(self):
        """Enter a letter, a call or an event; visits are there by themselves."""
        context = self.env.context
        return self.env["ir.actions.actions"]._kam_dialog(
            self.env["kam.development.contact"],
            self.env._("Record a Contact"),
            {
                name: context[name]
                for name in ("default_account_id", "default_screening_id")
                if name in context
            },
        )

    @property
    def _table_query(self):
        # The account leads the window, so that PostgreSQL reads no other customer
        # than the one that is asked for.
        return SQL(
            """
            SELECT r.*, COALESCE(p.name, s.candidate) AS customer,
                COUNT(*) OVER so_far AS number,
                SUM(r.duration) OVER so_far AS total_duration
            FROM (%s UNION ALL %s UNION ALL %s) r
            LEFT JOIN kam_account a ON a.id = r.account_id
            LEFT JOIN res_partner p ON p.id = a.partner_id
            LEFT JOIN kam_screening s ON s.id = r.screening_id
            WINDOW so_far AS (
                PARTITION BY r.account_id,
                    CASE WHEN r.account_id IS NULL THEN r.screening_id END
                ORDER BY r.date, r.id
            )
            """,
            self._contacts_query(),
            self._visits_query(),
            self._calls_query(),
        )

    @api.model
    def _contacts_query(self):
        """Contacts entered by hand; the other parts follow its columns."""
        return SQL(
            """
            SELECT c.id * 3 AS id, 'contact'::text AS kind, c.id AS contact_id,
                NULL::int4 AS visit_id, c.account_id, c.screening_id, c.company_id,
                c.date, c.user_id, COALESCE(m.name, c.person_name)::text AS people,
                COALESCE(c.duration, 0) AS duration, c.method, c.progress,
                c.attitude, c.result::text, c.reason::text, c.note::text
            FROM kam_development_contact c
            LEFT JOIN res_partner m ON m.id = c.person_id
            """
        )

    @api.model
    def _visits_query(self):
        """Visits that took place, with the time on site where it is known."""
        return SQL(
            """
            SELECT v.id * 3 + 1, 'visit', NULL::int4, v.id, v.account_id, NULL::int4,
                v.company_id, COALESCE(v.check_in, v.start), v.user_id, met.people,
                CASE WHEN v.check_out > v.check_in
                    THEN EXTRACT(EPOCH FROM v.check_out - v.check_in)::float8 / 3600
                    ELSE v.duration END,
                CASE v.method WHEN 'face' THEN 'visit' ELSE v.method END,
                v.progress, v.attitude, COALESCE(v.outcome, v.main_points)::text,
                NULLIF(CONCAT_WS(E'\n', v.experience, v.shortcomings), ''),
                CASE WHEN v.outcome IS NOT NULL THEN v.main_points END
            FROM kam_visit v
            CROSS JOIN LATERAL (
                SELECT STRING_AGG(m.name, ', ' ORDER BY m.name) AS people
                FROM kam_visit_contact_rel r JOIN res_partner m ON m.id = r.partner_id
                WHERE r.visit_id = v.id
            ) met
            WHERE v.state = 'done'
            """
        )

    @api.model
    def _calls_query(self):
        """Phone calls that followed up a visit."""
        return SQL(
            """
            SELECT v.id * 3 + 2, 'call', NULL::int4, v.id, v.account_id, NULL::int4,
                v.company_id, v.follow_up_call,
                COALESCE(v.follow_up_user_id, v.user_id), NULL, 0::float8, 'phone',
                NULL::varchar, NULL::varchar, NULL, NULL, NULL
            FROM kam_visit v
            WHERE v.state = 'done' AND v.follow_up_call IS NOT NULL
            """
        )
