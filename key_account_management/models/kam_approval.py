import logging
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

_logger = logging.getLogger(__name__)
ACTIVITY_TYPE = "key_account_management.mail_activity_type_approval"


class KamApproval(models.Model):
    """A step of one document on its way: what is asked of whom, and what was decided.

    Frozen from the configuration when the document is submitted. Rows are written by
    the engine alone; who may decide is derived again at the moment of the decision.
    """

    _name = "kam.approval"
    _inherit = ["kam.approval.rule"]
    _description = "Approval"
    _order = "res_model, res_id, round, sequence, id"
    _allow_sudo_commands = False

    step_id = fields.Many2one(
        "kam.approval.step", index="btree_not_null", ondelete="set null", readonly=True
    )
    res_model = fields.Char(string="Document Model", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        string="Document ID",
        index=True,
        model_field="res_model",
        required=True,
        readonly=True,
    )
    document = fields.Char(compute="_compute_document")
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    round = fields.Integer(
        default=1, readonly=True, help="How many times the document was submitted."
    )
    state = fields.Selection(
        [
            ("waiting", "Not yet its turn"),
            ("pending", "To decide"),
            ("approved", "Approved"),
            ("refused", "Refused"),
            ("returned", "Returned"),
            ("cancelled", "Not needed"),
        ],
        required=True,
        default="waiting",
        readonly=True,
    )
    applicant_id = fields.Many2one(
        "res.users", readonly=True, ondelete="restrict", help="Never decides."
    )
    submit_date = fields.Datetime(required=True, readonly=True)
    start_date = fields.Datetime(
        string="Asked on", readonly=True, help="When it was the turn of this step."
    )
    deadline = fields.Date(readonly=True)
    extended_days = fields.Integer(readonly=True)
    extended_by_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    decider_ids = fields.Many2many(
        "res.users",
        "kam_approval_decider_rel",
        string="Asked",
        readonly=True,
        help="Who was told. Who may decide is checked again at the decision.",
    )
    decided_by_id = fields.Many2one(
        "res.users", string="Decided by", readonly=True, ondelete="restrict"
    )
    on_behalf_of_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    decision_date = fields.Datetime(string="Decided on", readonly=True)
    comment = fields.Text(readonly=True)
    overdue_notified = fields.Boolean(readonly=True)
    days_taken = fields.Integer(compute="_compute_days_taken")
    is_late = fields.Boolean(
        string="Late", compute="_compute_days_taken", search="_search_is_late"
    )
    approve_action_ids = fields.Many2many(relation="kam_approval_approve_action_rel")
    refuse_action_ids = fields.Many2many(relation="kam_approval_refuse_action_rel")
    return_action_ids = fields.Many2many(relation="kam_approval_return_action_rel")
    overdue_action_ids = fields.Many2many(relation="kam_approval_overdue_action_rel")

    _pending_idx = models.Index("(deadline) WHERE state = 'pending'")

    # ------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------

    def _compute_document(self):
        for model, rows in self.grouped("res_model").items():
            documents = self.env[model].browse(rows.mapped("res_id"))
            readable = documents.exists()._filtered_access("read")
            names = {document.id: document.display_name for document in readable}
            for row in rows:
                row.document = names.get(row.res_id, "")

    @api.depends("start_date", "decision_date", "deadline", "state")
    def _compute_days_taken(self):
        for row in self:
            end = row.decision_date or fields.Datetime.now()
            row.days_taken = 0
            row.is_late = False
            if row.start_date and row.state != "cancelled":
                last = row.company_id._kam_local_date(end)
                row.days_taken = (
                    last - row.company_id._kam_local_date(row.start_date)
                ).days
                row.is_late = bool(row.deadline) and last > row.deadline

    def _search_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain("state", "=", "pending") & Domain(
            "deadline", "<", fields.Date.context_today(self)
        )

    # ------------------------------------------------------------
    # Deciders
    # ------------------------------------------------------------

    def _documents(self):
        """Documents of rows of one model, in the order of the rows."""
        return self.env[self[:1].res_model].browse(self.mapped("res_id"))

    def _authorities(self):
        """Users who may decide each row now.

        Members of the group, the user, or the leader; leaders who are missing are
        replaced by the next one above, and a step that nobody can decide falls to
        the directors. Deputies stand in for the absent. The applicant and those who
        decided another step of the same round never decide.

        :return: dict by row: dict by user id of the id of the user stood in for
            (False for those who decide in their own right)
        """
        deputies = self.env["kam.approval.deputy"]._deputies_by_user(
            fields.Date.context_today(self)
        )
        directors = self.env.ref("key_account_management.group_kam_director").sudo()
        excluded = self._excluded_users()
        result = {}
        for model, rows in self.sudo().grouped("res_model").items():
            documents = self.env[model].sudo().browse(rows.mapped("res_id"))
            for row, document in zip(rows, documents, strict=True):
                barred = excluded[row]
                users = row._nominal_users(document) - barred
                if not users:
                    users = row._eligible(directors.all_user_ids) - barred
                authority = {
                    deputy: user.id
                    for user in users
                    for deputy in deputies.get(user.id, ())
                    if deputy not in barred.ids
                }
                authority.update(dict.fromkeys(users.ids, False))
                result[row] = authority
        return result

    def _excluded_users(self):
        """Four eyes: the applicant and whoever decided a step of the round."""
        rows = self.sudo()
        decided = rows.search(
            [
                ("res_model", "in", rows.mapped("res_model")),
                ("res_id", "in", rows.mapped("res_id")),
                ("decided_by_id", "!=", False),
            ]
        )
        by_document = defaultdict(self.env["res.users"].browse)
        for other in decided:
            by_document[other.res_model, other.res_id, other.round] |= (
                other.decided_by_id
            )
        return {
            row: row.applicant_id | by_document[row.res_model, row.res_id, row.round]
            for row in rows
        }

    def _nominal_users(self, document):
        self.ensure_one()
        users = self.env["res.users"]
        if self.decider_type == "group":
            users = self.group_id.all_user_ids
        elif self.decider_type == "user":
            users = self.user_id
        elif self.decider_type == "field":
            users = document[self.user_field]
        else:
            team = document._approval_team()
            if self.decider_type == "parent_leader":
                team = team.kam_parent_id
            while team and not self._eligible(team.user_id):
                team = team.kam_parent_id
            users = team.user_id
        return self._eligible(users)

    def _eligible(self, users):
        return users.filtered(
            lambda u: u.active and not u.share and self.company_id in u.company_ids
        )

    # ------------------------------------------------------------
    # Engine
    # ------------------------------------------------------------

    def _copy_step_names(self):
        """Give the rows the names of their steps in all languages."""
        self.flush_recordset(["name", "step_id"])
        self.env.cr.execute(
            SQL(
                """
                UPDATE kam_approval a SET name = s.name
                FROM kam_approval_step s WHERE s.id = a.step_id AND a.id = ANY(%s)
                """,
                self.ids,
            )
        )
        self.invalidate_recordset(["name"])

    def _open(self):
        """Make it the turn of the rows: start the clock and tell the deciders."""
        now = fields.Datetime.now()
        authorities = self._authorities()
        values = defaultdict(self.browse)
        for row in self:
            deciders = tuple(sorted(authorities[row]))
            values[row._first_deadline(now), deciders] |= row
        for (deadline, deciders), rows in values.items():
            rows.write(
                {
                    "state": "pending",
                    "start_date": now,
                    "deadline": deadline,
                    "decider_ids": [fields.Command.set(deciders)],
                }
            )
        self._schedule_activities()

    def _first_deadline(self, start):
        self.ensure_one()
        if not self.days:
            return False
        return self._capped(self.company_id._kam_deadline(start, self.days))

    def _capped(self, deadline):
        if self.cap_days:
            cap = self.company_id._kam_deadline(self.submit_date, self.cap_days)
            deadline = min(deadline, cap)
        return deadline

    def _schedule_activities(self):
        today = fields.Date.context_today(self)
        self._create_activities(
            {
                "res_model_id": self.env["ir.model"]._get_id(row.res_model),
                "res_id": row.res_id,
                "summary": row.name,
                "user_id": user.id,
                "date_deadline": row.deadline or today,
            }
            for row in self
            if row.with_activity
            for user in row.decider_ids
        )

    @api.model
    def _create_activities(self, vals_list):
        """Create activities of the type of approvals, in one batch."""
        common = {"activity_type_id": self.env.ref(ACTIVITY_TYPE).id, "automated": True}
        self.env["mail.activity"].sudo().with_context(
            mail_activity_quick_update=True
        ).create([{**common, **vals} for vals in vals_list])

    def _run_actions(self, fname):
        """Run the server actions of an event; their failure changes no decision."""
        by_action = defaultdict(self.browse)
        for row in self.sudo():
            for action in row[fname]:
                by_action[action, row.res_model] |= row
        for (action, model), rows in by_action.items():
            ids = rows.mapped("res_id")
            try:
                with self.env.cr.savepoint():
                    action.sudo().with_context(
                        active_model=model, active_id=ids[0], active_ids=ids
                    ).run()
            except Exception:
                _logger.exception(
                    "Server action %s failed on %s %s", action.id, model, ids
                )

    @api.model
    def _cron_escalate(self):
        """Run the overdue actions of what is late, once for each row."""
        late = self.search([("is_late", "=", True), ("overdue_notified", "=", False)])
        late.write({"overdue_notified": True})
        late._run_actions("overdue_action_ids")

    @api.model
    def _cron_remind(self):
        """Mail everybody the list of what waits for them, the most urgent first."""
        pending = self.search([("state", "=", "pending")], order="deadline, id")
        rows_by_user = defaultdict(self.browse)
        for row in pending:
            for user in row.decider_ids.filtered(lambda u: u.active and u.email):
                rows_by_user[user] += row
        self.env["mail.mail"].create(
            [rows._reminder(user) for user, rows in rows_by_user.items()]
        )

    def _reminder(self, user):
        """Values of the mail that reminds a user of the rows ``self``."""
        rows = self.with_user(user).with_context(lang=user.lang)
        body = self.env["ir.qweb"]._render(
            "key_account_management.approval_reminder",
            {"rows": rows, "url": f"{self.get_base_url()}/odoo/to-approve"},
            lang=user.lang,
        )
        return {
            "subject": rows.env._("%(count)s documents to approve", count=len(self)),
            "body_html": body,
            "email_to": user.email_formatted,
            "auto_delete": True,
        }

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_approve(self):
        """Approve the documents behind the rows, many at once."""
        self._decide_documents("action_approve")

    def action_refuse_with_comment(self):
        return self._decide_wizard("refused", self.env._("Refuse"))

    def _decide_wizard(self, verdict, name):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "kam.approval.decide",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_approval_ids": self.ids,
                "default_verdict": verdict,
            },
        }

    def action_view_document(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "view_mode": "form",
        }

    def _decide_documents(self, method, *args):
        self.check_access("read")
        if not self:
            raise UserError(self.env._("Select what to decide on."))
        for rows in self.grouped("res_model").values():
            getattr(rows._documents(), method)(*args)

    @api.autovacuum
    def _gc_orphans(self):
        """Drop rows whose document the database removed in cascade."""
        for (model,) in self.env.execute_query(
            SQL("SELECT DISTINCT res_model FROM kam_approval")
        ):
            rows = self.search([("res_model", "=", model)])
            if model in self.env:
                kept = self.env[model].browse(rows.mapped("res_id")).exists().ids
                rows = rows.filtered(lambda row, kept=set(kept): row.res_id not in kept)
            rows.unlink()

    # ------------------------------------------------------------
    # Decisions, called by the mixin after it has checked the authority
    # ------------------------------------------------------------

    def _record_decision(self, verdict, comment, principals):
        """:param dict principals: id of the user stood in for, or False, by row"""
        now = fields.Datetime.now()
        for principal, rows in self.grouped(principals.get).items():
            rows.sudo().write(
                {
                    "state": verdict,
                    "decided_by_id": self.env.uid,
                    "on_behalf_of_id": principal,
                    "decision_date": now,
                    "comment": comment,
                }
            )

    def _missing_in_level(self):
        """Rows that parallel steps ``self`` still need: all of the required ones, and
        one of the others."""
        undecided = self.filtered(lambda row: row.state in ("waiting", "pending"))
        optional = self.filtered(lambda row: row.mode == "any")
        if "approved" in optional.mapped("state"):
            undecided -= optional
        return undecided

    def _extend(self, days):
        """Move the deadline; the cap since submission wins over the extension."""
        self.ensure_one()
        total = self.days + self.extended_days + days
        if total > self.max_days:
            raise UserError(
                self.env._(
                    "“%(step)s” may take %(days)s days at most, extensions included.",
                    step=self.name,
                    days=self.max_days,
                )
            )
        deadline = self._capped(self.company_id._kam_deadline(self.start_date, total))
        if deadline <= self.deadline:
            raise UserError(
                self.env._(
                    "The whole approval may take %(days)s days at most: the deadline "
                    "cannot lie later.",
                    days=self.cap_days,
                )
            )
        self.sudo().write(
            {
                "deadline": deadline,
                "extended_days": self.extended_days + days,
                "extended_by_id": self.env.uid,
                "overdue_notified": False,
            }
        )
        self._documents().sudo().activity_search(
            [ACTIVITY_TYPE]
        ).date_deadline = deadline
