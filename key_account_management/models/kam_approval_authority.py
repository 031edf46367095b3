from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain


class KamApproval(models.Model):
    """Who may decide a row: derived again at the moment of the decision."""

    _inherit = "kam.approval"

    def _authorities(self):
        """Users who may decide each row now.

        Members of the group, the user, or the leader; leaders who are missing are
        replaced by the next one above, and a step that nobody can decide falls to
        the directors. Deputies stand in for the absent. The applicant and those who
        decided another step of the same round never decide.

        :return: dict by row: dict by user id of the id of the user stood in for
            (False for those who decide in their own right)
        """
        deputies = self._deputies_by_company()
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
                    deputy.id: user.id
                    for user in users
                    for deputy in row._eligible(
                        deputies[row.company_id].get(user.id, barred.browse())
                    )
                    if deputy not in barred
                }
                authority.update(dict.fromkeys(users.ids, False))
                result[row] = authority
        return result

    def _deputies_by_company(self):
        """Deputies by user on the present day of each company of the rows."""
        days = {company: company._kam_today() for company in self.sudo().company_id}
        Deputy = self.env["kam.approval.deputy"]
        deputies = {day: Deputy._deputies_by_user(day) for day in set(days.values())}
        return {company: deputies[day] for company, day in days.items()}

    def _excluded_users(self):
        """Four eyes: the applicants, and whoever decided a step of the same round."""
        rows = self.sudo()
        all_rows = rows.search(
            [
                ("res_model", "in", set(rows.mapped("res_model"))),
                ("res_id", "in", set(rows.mapped("res_id"))),
            ]
        )
        barred = defaultdict(self.env["res.users"].browse)
        for other in all_rows:
            document = other.res_model, other.res_id
            barred[document] |= other.applicant_id
            barred[document, other.round] |= other.decided_by_id
        return {
            row: barred[row.res_model, row.res_id]
            | barred[(row.res_model, row.res_id), row.round]
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
            # The field may have gone with the app that brought it.
            if self.user_field in document._fields:
                users = document[self.user_field]
        else:
            team = document._approval_team()
            if self.decider_type == "parent_leader":
                team = team.kam_parent_id
            users = team._kam_find_leader(self._eligible)
        return self._eligible(users)

    def _eligible(self, users):
        """Users who can decide at all: active, of the company, able to read such
        documents."""
        documents = self.env[self.res_model]
        return users.filtered(
            lambda u: (
                u.active
                and not u.share
                and self.company_id in u.company_ids
                and documents.with_user(u).has_access("read")
            )
        )


class KamApprovalMixin(models.AbstractModel):
    """Which documents the current user may decide, submit and extend."""

    _inherit = "kam.approval.mixin"

    can_submit = fields.Boolean(compute="_compute_can_decide")
    can_approve = fields.Boolean(
        compute="_compute_can_decide", search="_search_can_approve"
    )
    can_extend = fields.Boolean(compute="_compute_can_decide")

    @api.depends("approval_state", "approval_ids.state")
    @api.depends_context("uid")
    def _compute_can_decide(self):
        mine = self._approval_rows_to_decide()
        extendable = self._approval_rows_to_extend()
        for document in self:
            open_ = document.approval_state in ("draft", "returned")
            document.can_submit = open_ and (
                not document.id or document._approval_may_submit()
            )
            document.can_approve = document in mine
            document.can_extend = document in extendable

    def _search_can_approve(self, operator, value):
        if operator != "in":
            return NotImplemented
        rows = (
            self.env["kam.approval"]
            .sudo()
            ._search(
                [
                    ("res_model", "=", self._name),
                    ("state", "=", "pending"),
                    ("decider_ids", "in", self.env.uid),
                ]
            )
        )
        return Domain("id", "in", rows.subselect("res_id"))

    def _approval_rows_to_decide(self, chosen=None):
        """Pending row that the current user may decide, by document.

        :param chosen: only these ``kam.approval`` records
        :return: dict by document of (row, id of the user stood in for or False)
        """
        pending = {
            document: rows.filtered(
                lambda row: row.state == "pending" and (not chosen or row in chosen)
            )
            for document, rows in self._approval_current_rows().items()
        }
        authorities = (
            self.env["kam.approval"].sudo().union(*pending.values())._authorities()
        )
        result = {}
        for document, rows in pending.items():
            mine = rows.filtered(lambda row: self.env.uid in authorities[row])
            if mine and document.approval_state == "pending":
                result[document] = mine[0], authorities[mine[0]][self.env.uid]
        return result

    def _approval_rows_to_extend(self, chosen=None):
        """Pending rows that the current user may extend, by document."""
        groups = self.env.user.all_group_ids
        result = {}
        for document, rows in self._approval_current_rows().items():
            mine = rows.filtered(
                lambda row: (
                    row.state == "pending"
                    and (not chosen or row in chosen)
                    and row.deadline
                    and row.max_days
                    and row.extend_group_id in groups
                    and row.applicant_id != self.env.user
                )
            )
            if mine:
                result[document] = mine
        return result
