from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from .kam_approval_activity import ACTIVITY_TYPE

# A mail names the most urgent rows, and links to the list of all.
REMINDED = 50


class KamApproval(models.Model):
    """What is late, and what happens then."""

    _inherit = "kam.approval"

    def _search_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        companies = self.env["res.company"].sudo().search([])
        return Domain.OR(
            Domain("company_id", "in", group.ids) & self._late_domain(group[:1])
            for group in companies.grouped(lambda c: c._kam_timezone().zone).values()
        )

    @api.model
    def _late_domain(self, company):
        """Late where the company is: pending after the deadline, or decided after."""

        def decided_late(model, alias, query):
            moment = SQL.identifier(alias, "decision_date")
            deadline = SQL.identifier(alias, "deadline")
            return SQL("%s > %s", company._kam_local_date_sql(moment), deadline)

        pending = Domain("state", "=", "pending")
        decided = Domain("state", "in", ("approved", "refused", "returned"))
        return (pending & Domain("deadline", "<", company._kam_today())) | (
            decided
            & Domain.custom(to_sql=decided_late, predicate=lambda row: row.is_late)
        )

    @api.model
    def _cron_escalate(self):
        """Run the overdue actions of what is late, once for each row."""
        late = self.search(
            [
                ("state", "=", "pending"),
                ("is_late", "=", True),
                ("overdue_notified", "=", False),
            ]
        )
        late.write({"overdue_notified": True})
        late._with_document()._run_actions("overdue_action_ids")

    def _tell_superiors(self):
        """Activities for the superiors of those who are late, once for each."""
        told = {(a.kam_approval_id, a.user_id) for a in self._activities()}
        self.env["mail.activity"]._kam_create(
            ACTIVITY_TYPE,
            (
                {
                    "kam_approval_id": row.id,
                    "res_model": row.res_model,
                    "res_id": row.res_id,
                    "summary": row.with_context(lang=superior.lang)._lateness(),
                    "user_id": superior.id,
                    "date_deadline": row.company_id._kam_today(),
                }
                for row in self
                for superior in row._superiors()
                if (row, superior) not in told
            ),
        )

    def _lateness(self):
        self.ensure_one()
        return self.env._(
            "Late since %(deadline)s: %(step)s",
            deadline=format_date(self.env, self.deadline),
            step=self.name,
        )

    def _superiors(self):
        """The next leader above who was not asked, or else the directors."""
        team = self._documents()._approval_team().kam_parent_id
        leader = team._kam_find_leader(lambda u: self._eligible(u) - self.decider_ids)
        directors = self.env.ref("key_account_management.group_kam_director").sudo()
        superiors = leader or directors.all_user_ids
        return self._eligible(superiors) - self.decider_ids

    @api.model
    def _cron_remind(self):
        """Mail everybody the list of what waits for them, the most urgent first.

        Before that, bring those asked in line with who may decide today.
        """
        pending = self.search([("state", "=", "pending")], order="deadline, id")
        pending = pending._with_document()
        pending._ask_again()
        ids_by_user = defaultdict(list)
        for row in pending:
            for user in row.decider_ids.filtered(lambda u: u.active and u.email):
                ids_by_user[user].append(row.id)
        self.env["mail.mail"].create(
            [self.browse(ids)._reminder(user) for user, ids in ids_by_user.items()]
        )

    def _reminder(self, user):
        """Values of the mail that reminds a user of the rows ``self``."""
        rows = self[:REMINDED].with_user(user).with_context(lang=user.lang)
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


class KamApprovalMixin(models.AbstractModel):
    """Late documents, and the overdue actions that are shipped."""

    _inherit = "kam.approval.mixin"

    approval_deadline = fields.Date(compute="_compute_approval_deadline")
    approval_is_late = fields.Boolean(
        string="Late",
        compute="_compute_approval_deadline",
        search="_search_approval_is_late",
    )

    @api.depends("approval_ids.deadline", "approval_ids.state")
    def _compute_approval_deadline(self):
        for document in self:
            pending = document.sudo().approval_ids.filtered(
                lambda row: row.state == "pending"
            )
            document.approval_deadline = min(
                (row.deadline for row in pending if row.deadline), default=False
            )
            document.approval_is_late = any(pending.mapped("is_late"))

    def _search_approval_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        late = (
            self.env["kam.approval"]
            .sudo()
            ._search(
                [
                    ("res_model", "=", self._name),
                    ("state", "=", "pending"),
                    ("is_late", "=", True),
                ]
            )
        )
        return Domain("id", "in", late.subselect("res_id"))

    def _approval_escalate(self):
        """Tell the superior about late documents (a shipped overdue action).

        The superior is the next leader above those asked, or else the directors.
        """
        self._approval_late_rows()._tell_superiors()

    def _approval_note_late(self):
        """Say in the chatter which step is late (a shipped overdue action)."""
        notes = {
            document_id: self.env._(
                "Late: %(steps)s should have been decided by %(deadline)s.",
                steps=", ".join(rows.mapped("name")),
                deadline=format_date(self.env, min(rows.mapped("deadline"))),
            )
            for document_id, rows in self._approval_late_rows()
            .grouped("res_id")
            .items()
        }
        self.browse(notes)._message_log_batch(notes)

    def _approval_late_rows(self):
        """Pending rows that are late, for the overdue actions run by the engine.

        :raise AccessError: a user ran the server action
        """
        if not self.env.su:
            raise AccessError(self.env._("Only the clock escalates approvals."))
        rows = self.env["kam.approval"].union(*self._approval_current_rows().values())
        return rows.filtered(lambda row: row.state == "pending" and row.is_late)
