from odoo import api, fields, models
from odoo.exceptions import AccessError, LockError, UserError
from odoo.fields import Domain
from odoo.tools import format_date

from ..base.arguments import check_values
from .kam_approval_content_mixin import NAMED_CHANGES

# Written by the engine alone.
ENGINE_FIELDS = {
    "approval_state",
    "approval_ids",
    "approval_applicant_id",
    "approval_round",
    "approval_content",
}


class KamApprovalMixin(models.AbstractModel):
    """Documents that take effect when they are approved.

    Submitting freezes the configured steps (``kam.approval.step``) into rows
    (``kam.approval``); deciding closes a step and opens the next. What follows is in
    the hooks ``_approval_done``, ``_approval_refused`` and ``_approval_returned``, and
    depends on no activity, mail or server action.

    A document gives ``company_id``, and ``_approval_team`` if leaders decide on it.
    """

    _name = "kam.approval.mixin"
    _inherit = [
        "kam.approval.content.mixin",
        "kam.guard.mixin",
        "kam.access.mixin",
        "kam.thread.mixin",
        "mail.activity.mixin",
    ]
    _description = "Approval Mixin"

    approval_state = fields.Selection(
        [
            ("draft", "Draft"),
            ("pending", "To approve"),
            ("approved", "Approved"),
            ("refused", "Refused"),
            ("returned", "Returned for completion"),
        ],
        string="Approval",
        required=True,
        readonly=True,
        copy=False,
        default="draft",
        index=True,
    )
    approval_ids = fields.One2many(
        "kam.approval",
        "res_id",
        string="Approvals",
        domain=lambda self: [("res_model", "=", self._name)],
        readonly=True,
        copy=False,
    )
    approval_applicant_id = fields.Many2one(
        "res.users", string="Applicant", readonly=True, copy=False, ondelete="restrict"
    )
    approval_round = fields.Integer(readonly=True, copy=False)

    # Authority
    can_submit = fields.Boolean(compute="_compute_can_decide")
    can_approve = fields.Boolean(
        compute="_compute_can_decide", search="_search_can_approve"
    )
    can_extend = fields.Boolean(compute="_compute_can_decide")

    # Escalation
    approval_deadline = fields.Date(compute="_compute_approval_deadline")
    approval_is_late = fields.Boolean(
        string="Late",
        compute="_compute_approval_deadline",
        search="_search_approval_is_late",
    )

    # ------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------

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

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model
    def _guarded_fields(self):
        return super()._guarded_fields() | self._readonly_fields() | ENGINE_FIELDS

    @api.ondelete(at_uninstall=False)
    def _unlink_except_submitted(self):
        """Decisions are kept: of what was returned, or withdrawn half-way, too."""
        self._check_open()
        if self.env.su:
            return
        decided = self._approval_rows().filtered("decided_by_id")
        if kept := self.filtered(lambda d: d.id in decided.mapped("res_id")):
            raise UserError(
                self.env._(
                    "You cannot delete %(forms)s: it has been decided on.",
                    forms=", ".join(kept[:3].mapped("display_name")),
                )
            )

    def unlink(self):
        rows = self._approval_rows()
        result = super().unlink()
        rows._abandon()
        return result

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_submit(self):
        """Start the approval: freeze the steps and ask the first deciders.

        Whoever may write the document submits it; what was returned, its applicant.

        :raise UserError: a document is under way already, or not complete
        """
        self.check_access("read")
        for document in self:
            if not document._approval_may_submit():
                document.check_access("write")
        self._approval_lock()
        if self.filtered(lambda d: d.approval_state not in ("draft", "returned")):
            raise UserError(self.env._("This document has already been submitted."))
        self._approval_check()
        self._approval_submit(self.env.user)

    def action_approve(self, comment=None):
        """Approve the step that the user is asked to decide.

        :param str comment: optional remark
        :raise AccessError: the user is not (or no longer) entitled to decide
        :raise UserError: nothing is to be decided, someone else was faster
        """
        self._approval_decide("approved", comment)

    def action_refuse(self, comment):
        """Refuse; the document has failed. :param str comment: why"""
        self._approval_decide("refused", comment)

    def action_return(self, comment):
        """Send back for completion. :param str comment: what is missing"""
        self._approval_decide("returned", comment)

    def action_extend(self, days):
        """Give the pending step more time.

        :param int days: days more
        :raise AccessError: the user is not entitled to extend
        :raise UserError: beyond the most that the step allows
        """
        self._approval_extend(days)

    def action_refuse_with_comment(self):
        return self._approval_wizard("refused", self.env._("Refuse"))

    def action_return_with_comment(self):
        return self._approval_wizard("returned", self.env._("Return for Completion"))

    def action_extend_by_days(self):
        return self._approval_wizard("extended", self.env._("Extend the Deadline"))

    def _approval_may_submit(self):
        self.ensure_one()
        return self.approval_applicant_id == self.env.user or self.has_access("write")

    def _approval_wizard(self, verdict, name):
        rows = self.approval_ids.filtered(lambda row: row.state == "pending")
        return rows._decide_wizard(verdict, name)

    # ------------------------------------------------------------
    # Hooks
    # ------------------------------------------------------------

    def _approval_team(self):
        """Territory (``crm.team``) whose leaders decide."""
        self.ensure_one()
        return self.env["crm.team"]

    def _approval_may_complete(self, user):
        """Whether its applicant, who may read the document, may still submit it.

        :param user: ``res.users`` record
        """
        self.ensure_one()
        return True

    def _approval_responsible(self):
        """Who completes the document (``res.users``, in order) when its applicant
        cannot."""
        self.ensure_one()
        return self.env["res.users"]

    def _approval_done(self):
        """The last step was approved: take effect. Runs in superuser mode."""

    def _approval_refused(self, comment):
        """A step was refused. Runs in superuser mode."""

    def _approval_returned(self, comment):
        """Sent back to the applicant for completion. Runs in superuser mode."""

    def _approval_moved(self):
        """What the documents are about became part of something else, and they are
        about that from now on.
        """
        pending = self.exists().filtered(lambda d: d.approval_state == "pending")
        pending._approval_freeze()

    def _approval_check(self):
        """Raise when documents are not complete enough to be submitted."""

    # ------------------------------------------------------------
    # Engine
    # ------------------------------------------------------------

    def _approval_lock(self):
        """One decision at a time. :raise LockError: somebody is deciding now

        The rows are locked as well: of two who decide side by side, the second would
        else go on with what it saw before the first was done, and nobody would open
        the next step. Locking a row that has changed since makes Odoo start over.
        """
        documents = self.sudo()
        try:
            documents.lock_for_update(allow_referencing=True)
            documents._approval_rows().lock_for_update(allow_referencing=True)
        except LockError:
            raise LockError(
                self.env._(
                    "Someone else is deciding on this document right now. Try again "
                    "in a moment."
                )
            ) from None
        documents.invalidate_recordset(["approval_state", "approval_ids"])

    def _approval_rows(self):
        """Rows of all rounds, in superuser mode."""
        rows = self.env["kam.approval"].sudo()
        if not self.ids:
            return rows
        return rows.search([("res_model", "=", self._name), ("res_id", "in", self.ids)])

    def _approval_submit(self, applicant):
        """Freeze the steps for documents and open the first ones, in batch.

        :param applicant: ``res.users`` record, empty for what the system submits
        """
        documents = self.sudo()
        now = fields.Datetime.now()
        # They are complete now, as they were asked to be.
        documents.filtered("approval_round")._approval_rows()._activities().unlink()
        for round_, group in documents.grouped("approval_round").items():
            group.write(
                {
                    "approval_state": "pending",
                    "approval_round": round_ + 1,
                    "approval_applicant_id": applicant.id,
                }
            )
        names = documents._approval_names()
        rows = (
            self.env["kam.approval"]
            .sudo()
            .create(
                [
                    {
                        **values,
                        **step._frozen_people(document),
                        "res_model": self._name,
                        "res_id": document.id,
                        "document_name": names[document.id],
                        "company_id": document.company_id.id,
                        "round": document.approval_round,
                        "applicant_id": applicant.id,
                        "submit_date": now,
                    }
                    for step, matching in documents._approval_steps()
                    for values in [step._frozen_values()]
                    for document in matching
                ]
            )
        )
        rows._copy_step_names()
        documents.invalidate_recordset(["approval_ids"])
        documents._approval_freeze()
        documents._approval_advance()

    def _approval_names(self):
        """Names of the documents to keep, in the languages of their companies.

        :return: dict of names by id
        """
        return {
            document.id: document.display_name
            for lang, documents in self.grouped(
                lambda d: d.company_id.partner_id.lang
            ).items()
            for document in documents.with_context(lang=lang or self.env.lang)
        }

    def _approval_steps(self):
        """Steps in force, each with the documents that it applies to."""
        steps = (
            self.env["kam.approval.step"].sudo().search([("model", "=", self._name)])
        )
        for step in steps:
            documents = self
            if step.company_id:
                documents = documents.filtered(
                    lambda d, step=step: d.company_id == step.company_id
                )
            yield step, documents.filtered_domain(step._condition_domain())

    def _approval_current_rows(self):
        """Rows of the current round by document."""
        rows = self._approval_rows().grouped(lambda row: (row.res_id, row.round))
        nothing = self.env["kam.approval"].sudo()
        return {
            document: rows.get(
                (document._origin.id, document.sudo().approval_round), nothing
            )
            for document in self
        }

    def _fixed_since(self):
        rows = self._filter_fixed()._approval_current_rows()
        return {document.id: r[:1].submit_date or None for document, r in rows.items()}

    def _approval_decide(self, verdict, comment, chosen=None):
        """Record a decision of the current user, and what follows from it.

        Documents that are not what was submitted are returned instead, and the user is
        told: what was not reviewed is not decided.

        :param chosen: ``kam.approval`` records to decide; what the user is asked to
            decide on each document if not given
        """
        self.check_access("read")
        if not self:
            return
        self._approval_lock()
        decided = chosen and chosen.filtered(lambda row: row.state != "pending")
        if decided or self.filtered(lambda d: d.approval_state != "pending"):
            raise UserError(self._approval_closed_reason())
        rows_by_document = self._approval_rows_to_decide(chosen)
        if missing := self.filtered(lambda d: d not in rows_by_document):
            raise AccessError(
                self.env._(
                    "You are not allowed to decide on %(documents)s.",
                    documents=", ".join(missing[:3].mapped("display_name")),
                )
            )
        check_values(self.env["kam.approval"], {"comment": comment})
        if verdict != "approved" and not (comment or "").strip():
            raise UserError(self.env._("Give the reason."))
        if verdict != "returned":
            self._approval_hold()
            outdated = self._approval_return_outdated(tell=True)
            rows_by_document = {
                document: rows_by_document[document] for document in self - outdated
            }
        if rows_by_document:
            self.browse(d.id for d in rows_by_document)._approval_record(
                verdict, comment, dict(rows_by_document.values())
            )

    def _approval_closed_reason(self):
        """Why there is nothing to decide any more: somebody did, or nobody."""
        rows = self.env["kam.approval"].union(*self._approval_current_rows().values())
        closed = rows.filtered(lambda row: row.state not in ("waiting", "pending"))
        open_ = self.filtered(lambda d: d.approval_state in ("draft", "returned"))
        if open_ and not closed.decided_by_id:
            return self.env._(
                "This document went back to its applicant meanwhile: its messages say "
                "why."
            )
        return self.env._("Someone else has already decided on this document.")

    def _approval_record(self, verdict, comment, principals):
        """:param dict principals: as for ``_record_decision``"""
        rows = self.env["kam.approval"].sudo().union(*principals)
        rows._record_decision(verdict, comment, principals)
        rows._close_activities(comment)
        documents = self.sudo()
        if verdict == "approved":
            rows._run_actions("approve_action_ids")
            documents._approval_advance()
        else:
            documents._approval_stop(verdict, comment)
            if verdict == "returned":
                rows._ask_to_complete()
            rows._run_actions(
                "refuse_action_ids" if verdict == "refused" else "return_action_ids"
            )

    def _approval_extend(self, days, chosen=None):
        """Extend the deadlines of ``chosen`` rows, or of all that the user may."""
        self.check_access("read")
        self._approval_lock()
        if not isinstance(days, int) or isinstance(days, bool) or days < 1:
            raise UserError(self.env._("Extend by at least one day."))
        rows_by_document = self._approval_rows_to_extend(chosen)
        for document in self:
            rows = rows_by_document.get(document)
            if not rows:
                raise AccessError(
                    self.env._("You are not allowed to extend this deadline.")
                )
            for row in rows:
                row._extend_deadline(days)

    def _approval_advance(self):
        """Open the next level where one is complete; take effect after the last."""
        missing = []
        not_needed = []
        done = []
        for document, rows in self._approval_current_rows().items():
            undecided = rows.filtered(lambda row: row.state in ("waiting", "pending"))
            while undecided:
                level = undecided[0]._parallel_steps(rows)
                missing_here = level._missing_in_level()
                not_needed.append((level & undecided) - missing_here)
                if missing_here:
                    missing.append(missing_here)
                    break
                undecided -= level
            if not undecided:
                done.append(document.id)
        Approval = self.env["kam.approval"].sudo()
        Approval.union(*not_needed)._cancel_steps()
        by_state = Approval.union(*missing).grouped("state")
        if "pending" in by_state:  # who decided a step does not decide the next to it
            by_state["pending"]._update_deciders()
        if "waiting" in by_state:
            by_state["waiting"]._open_steps()
        if done:
            self.browse(done)._approval_take_effect()

    def _approval_take_effect(self):
        self.write({"approval_state": "approved"})
        self._approval_done()

    def _approval_return_outdated(self, tell=False):
        """Return those of the documents under way that are not what was submitted.

        :param bool tell: show the user which ones, and why
        :return: these documents
        """
        pending = self.sudo().filtered(lambda d: d.approval_state == "pending")
        changes = pending._approval_changes()
        if not changes:
            return self.browse()
        reasons = {
            document: document.with_context(
                lang=document.approval_applicant_id.lang or self.env.lang
            )._approval_reason(changed)
            for document, changed in changes.items()
        }
        if tell:
            self._approval_tell_outdated(changes)
        outdated = pending.browse(document.id for document in reasons)
        for reason, documents in outdated.grouped(reasons.get).items():
            documents._approval_return_for(reason)
        return self.browse(outdated.ids)

    def _approval_return_for(self, reason):
        """Return documents without anybody's decision. :param str reason: why"""
        rows = self.env["kam.approval"].union(*self._approval_current_rows().values())
        rows = rows.filtered(lambda row: row.state == "pending")
        rows._record_return(reason)
        rows._close_activities()
        self._approval_stop("returned", reason)
        first = {row.res_id: row for row in reversed(rows)}
        rows.browse().union(*first.values())._ask_to_complete()
        self._message_log_batch(dict.fromkeys(self.ids, reason))
        rows._run_actions("return_action_ids")

    def _approval_tell_outdated(self, changes):
        """Tell the user which documents are returned instead of decided, and why."""
        named = [
            f"{document.display_name}: {document._approval_reason(changed)}"
            for document, changed in [*changes.items()][:NAMED_CHANGES]
        ]
        if len(changes) > NAMED_CHANGES:
            named.append("…")
        self.env.user._bus_send(
            "simple_notification",
            {
                "type": "warning",
                "sticky": True,
                "title": self.env._("Not Decided"),
                "message": "\n".join(named),
            },
        )

    def _approval_stop(self, state, comment):
        self._approval_cancel_rows()
        self.write({"approval_state": state})
        if state == "refused":
            self._approval_refused(comment)
        else:
            self._approval_returned(comment)

    def _approval_withdraw(self):
        """Take documents back to draft, without a decision."""
        documents = self.sudo()
        documents._approval_cancel_rows()
        documents._approval_rows()._activities().unlink()
        documents.write({"approval_state": "draft"})

    def _approval_cancel_rows(self):
        rows = self.env["kam.approval"].union(*self._approval_current_rows().values())
        rows.filtered(lambda row: row.state in ("waiting", "pending"))._cancel_steps()

    # ------------------------------------------------------------
    # Authority
    # ------------------------------------------------------------

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

    # ------------------------------------------------------------
    # Escalation
    # ------------------------------------------------------------

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
            raise AccessError(
                self.env._("Approvals are escalated by a scheduled action only.")
            )
        rows = self.env["kam.approval"].union(*self._approval_current_rows().values())
        return rows.filtered(lambda row: row.state == "pending" and row.is_late)
