from collections import Counter, defaultdict
from functools import cache, partial

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, OrderedSet, format_date, plaintext2html

from ..base.batches import run_or_each

ACTIVITY_TYPE = "key_account_management.mail_activity_type_approval"
READ_ALL = (
    "key_account_management.group_kam_manager",
    "key_account_management.group_kam_auditor",
)
# A mail names the most urgent rows, and links to the list of all.
REMINDED = 50
# At most so many documents that were not decided are named.
NAMED = 5


class KamApproval(models.Model):
    """A step of one document on its way: what is asked of whom, and what was decided.

    Frozen from the configuration when the document is submitted. Rows are written by
    the engine alone; who may decide is derived again at the moment of the decision.
    """

    _name = "kam.approval"
    _inherit = ["kam.approval.rule", "kam.access.mixin"]
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
    document_name = fields.Char(
        readonly=True,
        groups="base.group_system",
        help="Name of the document when it was submitted. What was decided stays on "
        "record, whatever becomes of the document.",
    )
    document_gone = fields.Boolean(string="Document Deleted", readonly=True)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="restrict"
    )
    team_id = fields.Many2one(
        "crm.team",
        string="Territory",
        readonly=True,
        ondelete="restrict",
        help="Territory of the document when it was submitted, or the one above it. "
        "Its leaders decide, wherever the document goes.",
    )
    round = fields.Integer(
        default=1, readonly=True, help="Number of times the document was submitted."
    )
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("pending", "To approve"),
            ("approved", "Approved"),
            ("refused", "Refused"),
            ("returned", "Returned"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="waiting",
        readonly=True,
    )
    applicant_id = fields.Many2one(
        "res.users",
        readonly=True,
        ondelete="restrict",
        help="Applicants cannot decide on their own documents.",
    )
    submit_date = fields.Datetime(required=True, readonly=True)
    start_date = fields.Datetime(
        string="Requested on", readonly=True, help="When the deciders were asked."
    )
    deadline = fields.Date(readonly=True)
    extended_days = fields.Integer(readonly=True)
    extended_by_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    decider_ids = fields.Many2many(
        "res.users",
        "kam_approval_decider_rel",
        string="Deciders",
        ondelete="restrict",
        readonly=True,
        help="Users who were notified. The right to decide is checked again at the "
        "decision.",
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
    approve_action_ids = fields.Many2many(
        relation="kam_approval_approve_action_rel", groups="base.group_system"
    )
    refuse_action_ids = fields.Many2many(
        relation="kam_approval_refuse_action_rel", groups="base.group_system"
    )
    return_action_ids = fields.Many2many(
        relation="kam_approval_return_action_rel", groups="base.group_system"
    )
    overdue_action_ids = fields.Many2many(
        relation="kam_approval_overdue_action_rel", groups="base.group_system"
    )

    _pending_idx = models.Index("(deadline) WHERE state = 'pending'")

    # ------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------

    @api.depends_context("uid")
    def _compute_document(self):
        """The name that was submitted, as far as the user may know it: what is gone is
        known to whoever sees the row.
        """
        known = self.filtered("document_gone")
        for model, rows in (self - known).grouped("res_model").items():
            if model in self.env:
                readable = rows._documents().exists()._filtered_access("read")
                ids = set(readable.ids)
                known |= rows.filtered(lambda row, ids=ids: row.res_id in ids)
        for row in self:
            row.document = (row in known and row.sudo().document_name) or ""

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

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    def write(self, vals):
        if not vals.keys() & {"state", "decider_ids", "deadline"}:
            return super().write(vals)
        before = self._count_beyond_activities()
        result = super().write(vals)
        after = self._count_beyond_activities()
        for user in before.keys() | after.keys():
            if difference := after[user] - before[user]:
                kind = "created" if difference > 0 else "deleted"
                user._bus_send(
                    "mail.activity/updated",
                    {f"activity_{kind}": True, "count_diff": difference},
                )
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_decided(self):
        """Decisions outlive what they were about."""
        if decided := self.sudo().filtered("decided_by_id"):
            raise UserError(
                self.env._(
                    "Decisions stay on record and cannot be deleted: %(documents)s.",
                    documents=", ".join(
                        row.document_name or row.name for row in decided[:3]
                    ),
                )
            )

    def _count_beyond_activities(self):
        """How many rows wait for each user that core does not count as activities,
        since there is none, or none that is due.
        """
        counts = Counter()
        for row in self.sudo().filtered(lambda row: row.state == "pending"):
            today = row.company_id._kam_today()
            if not row.with_activity or (row.deadline and row.deadline > today):
                counts.update(row.decider_ids)
        return counts

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_approve(self):
        """Approve the documents behind the rows, many at once."""
        self._decide_documents("approved")

    def action_refuse_with_comment(self):
        return self._decide_wizard("refused", self.env._("Refuse"))

    def _decide_wizard(self, verdict, name):
        return self.env["ir.actions.actions"]._kam_dialog(
            self.env["kam.approval.decide"],
            name,
            {
                "default_approval_ids": self.ids,
                "default_verdict": verdict,
            },
        )

    def action_view_document(self):
        self.ensure_one()
        self._check_with_document()
        return self.env["ir.actions.actions"]._kam_form(self._documents())

    @api.model
    def _waiting_for_user(self):
        """Rows that the user is asked to decide."""
        return self.search(
            [("state", "=", "pending"), ("decider_ids", "in", self.env.uid)]
        )

    def _decide_documents(self, verdict, comment=None):
        """Decide on these very rows: none of their document that was opened since.

        Of many, those that can be decided are; the user is told of the others, and why.

        :raise UserError: none could be decided
        """
        left = {}
        for documents, rows in self._chosen_documents():
            rows._decide_or_leave(documents, verdict, comment, left)
        if not left:
            return
        reasons = [
            f"{row.document or row.name}: {error}" for row, error in left.items()
        ]
        if len(left) == len(self):
            error = left[self[0]]
            if len(left) == 1:
                raise error
            kind = AccessError if isinstance(error, AccessError) else UserError
            raise kind("\n".join(reasons[:NAMED]))
        if len(reasons) > NAMED:
            reasons[NAMED:] = ["…"]
        self.env.user._bus_send(
            "simple_notification",
            {
                "type": "warning",
                "sticky": True,
                "title": self.env._("Not Decided"),
                "message": "\n".join(reasons),
            },
        )

    def _decide_or_leave(self, documents, verdict, comment, left):
        """Decide on all, or else on each half: one that cannot be decided stops no
        other one, and does not make each of the others cost a decision of its own.

        :param documents: those of the rows ``self``, which are of one model
        :param dict left: errors by row, to be added to
        """
        try:
            with self.env.cr.savepoint():
                documents._approval_decide(verdict, comment, self)
        except UserError as error:
            if len(documents) == 1:
                left.update(dict.fromkeys(self, error))
                return
            middle = len(documents) // 2
            for part in (documents[:middle], documents[middle:]):
                ids = set(part.ids)
                rows = self.filtered(lambda row, ids=ids: row.res_id in ids)
                rows._decide_or_leave(part, verdict, comment, left)

    def _extend_documents(self, days):
        for documents, rows in self._chosen_documents():
            documents._approval_extend(days, rows)

    def _chosen_documents(self):
        """Pairs of documents of one model, and those of the rows ``self`` on them."""
        self.check_access("read")
        if not self:
            raise UserError(self.env._("Select the documents to decide on."))
        self._check_with_document()
        return [
            (rows._documents(), rows) for rows in self.grouped("res_model").values()
        ]

    def _documents(self):
        """Documents of rows of one model."""
        return self.env[self[:1].res_model].browse(OrderedSet(self.mapped("res_id")))

    @api.autovacuum
    def _gc_orphans(self):
        """Close the rows of documents that went without the ORM, or with their app."""
        known = Domain("document_gone", "=", False)
        for (model,) in self._read_group(known, ["res_model"]):
            orphans = known & Domain("res_model", "=", model)
            if model in self.env:
                documents = self.env[model].with_context(active_test=False)
                orphans &= Domain("res_id", "not in", documents._search(Domain.TRUE))
            self.search(orphans)._abandon()

    def _abandon(self):
        """Nobody is asked any more: the documents are gone. Decisions stay."""
        rows = self.sudo()
        rows.filtered(lambda row: row.state in ("waiting", "pending"))._cancel_steps()
        rows._activities().unlink()
        rows.write({"document_gone": True})

    def _check_with_document(self):
        """:raise UserError: a document does not exist any more"""
        if gone := self - self._with_document():
            raise UserError(
                self.env._(
                    "%(document)s was deleted. What was decided on it stays on record.",
                    document=gone[0].document or gone[0].name,
                )
            )

    def _with_document(self):
        """Rows whose document still exists."""
        existing = {
            (model, id_)
            for model, rows in self.grouped("res_model").items()
            if model in self.env  # its app may be gone
            for id_ in rows._documents().exists().ids
        }
        return self.filtered(lambda row: (row.res_model, row.res_id) in existing)

    # ------------------------------------------------------------
    # Access: a row is as secret as its document
    # ------------------------------------------------------------

    @api.model
    def _search(
        self, domain, offset=0, limit=None, order=None, *, bypass_access=False, **kwargs
    ):
        if not (self.env.su or bypass_access):
            domain = Domain(domain) & self._readable_domain()
        return super()._search(
            domain, offset, limit, order, bypass_access=bypass_access, **kwargs
        )

    @api.model
    def _readable_domain(self):
        """Rows that the user is a party to, and those of documents they may read.

        What is left of deleted documents is read by those who read all of them.
        """
        domains = [
            Domain("decider_ids", "in", self.env.uid),
            Domain("applicant_id", "=", self.env.uid),
            Domain("decided_by_id", "=", self.env.uid),
        ]
        if any(self.env.user.has_group(group) for group in READ_ALL):
            domains.append(Domain("document_gone", "=", True))
        for name in self.env["kam.approval.step"]._approved_models():
            documents = self.env[name].with_context(active_test=False)
            if documents.has_access("read"):
                domains.append(
                    Domain("res_model", "=", name)
                    & Domain("res_id", "in", documents._search(Domain.TRUE))
                )
        return Domain.OR(domains)

    def _check_access(self, operation):
        result = super()._check_access(operation)
        if not self:
            return result
        allowed = self - result[0] if result else self
        allowed = allowed.browse(allowed.ids)
        hidden = allowed - allowed.search([("id", "in", allowed.ids)])
        if not hidden:
            return result
        if result:
            return result[0] + hidden, result[1]
        make_error = self.env["ir.rule"]._make_access_error
        return hidden, partial(make_error, operation, hidden)

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

    def _open_steps(self):
        """Make it the turn of the rows: start the clock and tell the deciders."""
        now = fields.Datetime.now()
        authorities = self._authorities()
        values = defaultdict(list)
        for rows in self.grouped(
            lambda row: (row.company_id, row.days, row.cap_days, row.submit_date)
        ).values():
            deadline = rows[:1]._first_deadline(now)
            for row in rows:
                values[deadline, frozenset(authorities[row])].append(row.id)
        for (deadline, deciders), ids in values.items():
            self.browse(ids).write(
                {
                    "state": "pending",
                    "start_date": now,
                    "deadline": deadline,
                    "decider_ids": [fields.Command.set(sorted(deciders))],
                }
            )
        self._schedule_activities({row: row.decider_ids for row in self})

    def _first_deadline(self, start):
        if not self.days:
            return False
        return self._cap_deadline(self.company_id._kam_deadline(start, self.days))

    def _cap_deadline(self, deadline):
        if self.cap_days:
            cap = self.company_id._kam_deadline(self.submit_date, self.cap_days)
            deadline = min(deadline, cap)
        return deadline

    def _run_actions(self, fname):
        """Run the server actions of an event; their failure changes no decision."""
        for action, documents in self._actions_to_run(fname):
            run_or_each(
                documents,
                partial(self._run_action, action),
                partial(self._action_in_words, action),
            )

    def _actions_to_run(self, fname):
        """:return: list of pairs: a server action, documents of one model"""
        ids = defaultdict(list)
        for row in self.sudo():
            for action in row[fname]:
                ids[action, row.res_model].append(row.res_id)
        return [
            (action, self.env[model].browse(res_ids))
            for (action, model), res_ids in ids.items()
        ]

    @api.model
    def _action_in_words(self, action, env):
        name = action.sudo().with_env(env).name
        return env._("server action “%(action)s”", action=name)

    @api.model
    def _run_action(self, action, documents):
        action.sudo().with_context(
            active_model=documents._name,
            active_id=documents[:1].id,
            active_ids=documents.ids,
        ).run()

    # ------------------------------------------------------------
    # Decisions, called by the mixin after it has checked the authority
    # ------------------------------------------------------------

    def _record_decision(self, verdict, comment, principals):
        """:param dict principals: id of the user stood in for, or False, by row"""
        now = fields.Datetime.now()
        for principal, rows in self.grouped(principals.get).items():
            rows.write(
                {
                    "state": verdict,
                    "decided_by_id": self.env.uid,
                    "on_behalf_of_id": principal,
                    "decision_date": now,
                    "comment": comment,
                }
            )

    def _record_return(self, reason):
        """Nobody decided: the documents are not what was submitted."""
        self.write(
            {
                "state": "returned",
                "decision_date": fields.Datetime.now(),
                "comment": reason,
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

    def _parallel_steps(self, rows):
        return rows.filtered(lambda row: row.sequence == self.sequence)

    def _cancel_steps(self):
        """They are not needed any more."""
        self.write({"state": "cancelled"})
        self._close_activities()

    def _extend_deadline(self, days):
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
        deadline = self._cap_deadline(
            self.company_id._kam_deadline(self.start_date, total)
        )
        if deadline <= self.deadline:
            raise UserError(
                self.env._(
                    "The whole approval may take %(days)s days at most: the deadline "
                    "cannot lie later.",
                    days=self.cap_days,
                )
            )
        self.write(
            {
                "deadline": deadline,
                "extended_days": self.extended_days + days,
                "extended_by_id": self.env.uid,
                "overdue_notified": False,
            }
        )
        self._move_activities()

    # ------------------------------------------------------------
    # Authority
    # ------------------------------------------------------------

    def _authorities(self):
        """Users who may decide each row now.

        Members of the group, the user, or the leader; leaders who are missing are
        replaced by the next one above, and a step that nobody can decide falls to
        the directors. Deputies stand in for the absent; for those whom no deputy can
        replace, the next one above may decide as well, or else the directors. The
        applicant, those who decided another step of the same round, and those in whose
        place it was decided never decide, nor does anybody for them. Whoever may not
        read a document does not decide on it, and is missing for it.

        :return: dict by row: dict by user id of the id of the user stood in for
            (False for those who decide in their own right)
        """
        deputies = self._deputies_by_company()
        excluded = self._excluded_users()
        eligible = self._eligibility()
        result = {}
        for row in self.sudo():
            barred = excluded[row]
            standing_in = deputies[row.company_id]

            def qualified(users, row=row, barred=barred):
                return eligible(row, users) - barred

            users = qualified(row._nominal_users(partial(eligible, row)))
            if not users:
                users = qualified(row._directors())
            authority = row._stand_ins(users, standing_in, qualified)
            if not authority and all(user.id in standing_in for user in users):
                users |= row._next_above(standing_in, qualified)
            authority.update(dict.fromkeys(users.ids, False))
            result[row] = authority
        return result

    def _stand_ins(self, users, standing_in, qualified):
        """:return: dict by id of a deputy of the id of the user stood in for"""
        nobody = users.browse()
        return {
            deputy.id: user.id
            for user in users
            for deputy in qualified(standing_in.get(user.id, nobody))
        }

    def _next_above(self, standing_in, qualified):
        """Who decides as well when all who should are away, and nobody stands in.

        :param dict standing_in: deputies by id of the user who is away
        :param qualified: function of users to those of them who may decide the row
        """
        self.ensure_one()
        leader = self._led_team()._kam_find_leader(
            lambda user: user.id not in standing_in and qualified(user)
        )
        if leader:
            return leader
        directors = qualified(self._directors())
        return directors.filtered(lambda u: u.id not in standing_in) or directors

    @api.model
    def _directors(self):
        directors = self.env.ref("key_account_management.group_kam_director").sudo()
        return directors.all_user_ids

    def _deputies_by_company(self):
        """Deputies by user on the present day of each company of the rows."""
        return self.env["kam.approval.deputy"]._deputies_by_company(
            self.sudo().company_id
        )

    def _excluded_users(self):
        """Four eyes: the applicants, and whoever decided a step of the same round, or
        was stood in for there: both count."""
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
            barred[document, other.round] |= other.decided_by_id | other.on_behalf_of_id
        return {
            row: barred[row.res_model, row.res_id]
            | barred[(row.res_model, row.res_id), row.round]
            for row in rows
        }

    def _nominal_users(self, eligible):
        """Who decides by the step, with the territory and the people of the moment at
        which the document was submitted.

        :param eligible: function of users to those of them who can decide at all
        """
        self.ensure_one()
        users = self.env["res.users"]
        if self.decider_type == "group":
            users = self.group_id.all_user_ids
        elif self.decider_type in ("user", "field"):
            users = self.user_id
        else:
            users = self._led_team()._kam_find_leader(eligible)
        return eligible(users)

    def _led_team(self):
        """Territory whose leader decides, or else the next one above."""
        if self.decider_type in ("leader", "parent_leader"):
            return self.team_id
        return self.team_id.browse()

    def _eligibility(self, operation="read"):
        """Who can decide at all: active, of the company, allowed to read the very
        document. Each user is asked once, for all documents.

        :param str operation: what they are to be allowed on the document
        :return: function of a row and users to those of these users
        """
        documents = {
            model: rows._documents().with_context(allowed_company_ids=[]).exists()
            for model, rows in self.grouped("res_model").items()
            if model in self.env
        }

        @cache
        def accessible(model, user):
            theirs = documents[model].with_user(user)
            return set(theirs._filtered_access(operation).ids)

        def eligible(row, users):
            return users.filtered(
                lambda u: (
                    u.active
                    and not u.share
                    and row.company_id in u.company_ids
                    and row.res_id in accessible(row.res_model, u.id)
                )
            )

        return eligible

    # ------------------------------------------------------------
    # Activities
    # ------------------------------------------------------------

    def _activities(self):
        return (
            self.env["mail.activity"]
            .sudo()
            .search([("kam_approval_id", "in", self.ids)])
        )

    def _schedule_activities(self, users_by_row):
        """Ask users to decide rows, where the step wants activities for that.

        :param dict users_by_row: ``res.users`` records by row
        """
        self.env["mail.activity"]._kam_create(
            ACTIVITY_TYPE,
            (
                {
                    "kam_approval_id": row.id,
                    "res_model": row.res_model,
                    "res_id": row.res_id,
                    "summary": row.with_context(lang=user.lang).name,
                    "user_id": user.id,
                    "date_deadline": row.deadline or row.company_id._kam_today(),
                }
                for row, users in users_by_row.items()
                if row.with_activity
                for user in users
            ),
        )

    def _ask_to_complete(self):
        """Ask somebody to complete the documents of the returned rows."""
        self.env["mail.activity"]._kam_create(
            ACTIVITY_TYPE,
            (
                {
                    "kam_approval_id": row.id,
                    "res_model": row.res_model,
                    "res_id": row.res_id,
                    "summary": row.with_context(lang=user.lang).env._(
                        "Returned for completion"
                    ),
                    "note": plaintext2html(row.comment),
                    "user_id": user.id,
                    "date_deadline": row.company_id._kam_today(),
                }
                for row, user in self._completers().items()
            ),
        )

    def _completers(self):
        """Who completes each document: its applicant while he may, or else whoever is
        responsible, or else the leader of its territory.

        :return: dict of ``res.users`` by row of one model, without those of nobody
        """
        readers = self._eligibility()
        writers = self._eligibility("write")
        documents = {document.id: document for document in self.sudo()._documents()}
        completers = {}
        for row, applicant in self._applicants().items():
            document = documents[row.res_id]
            user = readers(row, applicant)
            if user and not document._approval_may_complete(user):
                user = user.browse()
            if user := (
                user
                or writers(row, document._approval_responsible())[:1]
                or document._approval_team()._kam_find_leader(partial(writers, row))
            ):
                completers[row] = user
        return completers

    def _applicants(self):
        """Who completes a document: whoever applied for it. What the system submitted,
        whoever was the first to approve it.

        :return: dict of ``res.users`` by row of one model
        """
        documents = self._documents()
        approved = {
            document.id: rows.filtered(lambda row: row.state == "approved")
            for document, rows in documents._approval_current_rows().items()
        }
        return {
            row: row.applicant_id or approved[row.res_id][:1].decided_by_id
            for row in self
        }

    def _move_activities(self):
        """Follow the deadlines. What told others that it was late is settled."""
        for row, activities in self._activities().grouped("kam_approval_id").items():
            asked = activities.filtered(
                lambda a, row=row: a.user_id in row.sudo().decider_ids
            )
            asked.date_deadline = row.sudo().deadline
            (activities - asked).unlink()

    def _close_activities(self, comment=None):
        """Close what was asked: done for whoever decided, removed for the others."""
        activities = self._activities()
        mine = activities.filtered(
            lambda a: a.user_id == a.kam_approval_id.decided_by_id
        )
        (activities - mine).unlink()
        for model, done in mine.grouped("res_model").items():
            self._mark_activities_done(model, done, comment)

    @api.model
    def _mark_activities_done(self, model, activities, comment):
        """What ``action_feedback`` does, for many documents at once."""
        notes = {}
        for same in activities.grouped("summary").values():
            note = self.env["ir.qweb"]._render(
                "mail.message_activity_done",
                {"activity": same[0], "feedback": comment, "display_assignee": False},
            )
            notes.update(dict.fromkeys(same.mapped("res_id"), note))
        self.env[model].sudo().browse(notes)._message_log_batch(notes)
        activities.write({"active": False, "feedback": comment})

    @api.model
    def _ask_again(self, domain=Domain.TRUE):
        """Bring those asked in line with who may decide, at once.

        :param domain: of the pending rows to look at
        """
        pending = Domain("state", "=", "pending") & Domain(domain)
        run_or_each(
            self.sudo().search(pending)._with_document(),
            lambda rows: rows._update_deciders(),
            lambda env: env._("finding who decides"),
        )

    def _update_deciders(self):
        """Ask whoever may decide now: people leave, deputies come and go."""
        authorities = self._authorities()
        added = {}
        gone = set()
        for row in self.with_context(active_test=False):
            entitled = row.decider_ids.browse(sorted(authorities[row]))
            if entitled == row.decider_ids:
                continue
            added[row] = entitled - row.decider_ids
            gone |= {(row.id, user.id) for user in row.decider_ids - entitled}
            row.decider_ids = entitled
        self.browse(row.id for row in added)._activities().filtered(
            lambda a: (a.kam_approval_id.id, a.user_id.id) in gone
        ).unlink()
        self._schedule_activities(added)

    # ------------------------------------------------------------
    # Escalation
    # ------------------------------------------------------------

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
        run_or_each(
            late._with_document(),
            lambda rows: rows._escalate(),
            lambda env: env._("escalating late approvals"),
            retry=True,
        )

    def _escalate(self):
        self.overdue_notified = True
        for action, documents in self._actions_to_run("overdue_action_ids"):
            self._run_action(action, documents)

    def _tell_superiors(self):
        """Activities for the superiors of those who are late, once for each."""
        told = {(a.kam_approval_id, a.user_id) for a in self._activities()}
        eligible = self._eligibility()
        self.env["mail.activity"]._kam_create(
            ACTIVITY_TYPE,
            (
                {
                    "kam_approval_id": row.id,
                    "res_model": row.res_model,
                    "res_id": row.res_id,
                    "summary": row.with_context(lang=superior.lang)._lateness_summary(),
                    "user_id": superior.id,
                    "date_deadline": row.company_id._kam_today(),
                }
                for row in self
                for superior in row._superiors(partial(eligible, row))
                if (row, superior) not in told
            ),
        )

    def _lateness_summary(self):
        self.ensure_one()
        return self.env._(
            "Late since %(deadline)s: %(step)s",
            deadline=format_date(self.env, self.deadline),
            step=self.name,
        )

    def _superiors(self, eligible):
        """The next leader above who was not asked, or else the directors.

        :param eligible: function of users to those of them who can decide at all
        """
        team = self.team_id.kam_parent_id
        leader = team._kam_find_leader(lambda u: eligible(u) - self.decider_ids)
        return eligible(leader or self._directors()) - self.decider_ids

    @api.model
    def _cron_remind(self):
        """Mail everybody the list of what waits for them, the most urgent first.

        Before that, bring those asked in line with who may decide today.
        """
        pending = self.search([("state", "=", "pending")], order="deadline, id")
        pending = pending._with_document()
        run_or_each(
            pending,
            lambda rows: rows._update_deciders(),
            lambda env: env._("finding who decides"),
            retry=True,
        )
        ids_by_user = defaultdict(list)
        for row in pending:
            for user in row.decider_ids.filtered(lambda u: u.active and u.email):
                ids_by_user[user].append(row.id)

        def send(users):
            self.env["mail.mail"].create(
                [
                    self.browse(ids_by_user[user])._reminder_values(user)
                    for user in users
                ]
            )

        users = self.env["res.users"].union(*ids_by_user)
        if users:
            run_or_each(
                users, send, lambda env: env._("reminding of approvals"), retry=True
            )

    def _reminder_values(self, user):
        """Values of the mail that reminds a user of the rows ``self``."""
        rows = self[:REMINDED].with_user(user).with_context(lang=user.lang)
        body = self.env["ir.qweb"]._render(
            "key_account_management.approval_reminder",
            {"rows": rows, "url": f"{self.browse().get_base_url()}/odoo/to-approve"},
            lang=user.lang,
        )
        return {
            "subject": rows.env._("%(count)s documents to approve", count=len(self)),
            "body_html": body,
            "email_to": user.email_formatted,
            "auto_delete": True,
        }
