from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import plaintext2html

from ..base.batches import run_or_each

FOLLOW_UP_DAYS = 7
FOLLOW_UP_ACTIVITY = "key_account_management.mail_act_visit_follow_up"
FOLLOW_UP_LATE_ACTIVITY = "key_account_management.mail_act_visit_follow_up_late"


class KamVisitFollowUp(models.AbstractModel):
    """Follow-up within a week of the visit (D8), and the next step agreed at it.

    A part of ``kam.visit``, whose ``state``, ``start``, ``method``, ``next_step``,
    ``next_step_date``, ``account_id``, ``team_id`` and ``user_id`` it reads. The visit
    calls ``_start_follow_up``, a done activity ``_close_follow_up_by_phone``.
    """

    _name = "kam.visit.follow.up"
    _inherit = ["kam.thread.mixin", "mail.activity.mixin"]
    _description = "Customer Visit"

    follow_up_deadline = fields.Date(
        string="Follow-up Deadline", readonly=True, copy=False, index="btree_not_null"
    )
    follow_up_date = fields.Date(
        string="Follow-up Date", readonly=True, copy=False, tracking=True
    )
    follow_up_visit_id = fields.Many2one(
        "kam.visit",
        string="Follow-up Visit",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    follow_up_call = fields.Datetime(string="Follow-up Call", readonly=True, copy=False)
    follow_up_user_id = fields.Many2one(
        "res.users",
        string="Called by",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    follow_up_escalated = fields.Boolean(readonly=True, copy=False)
    follow_up_state = fields.Selection(
        [("open", "To follow up"), ("late", "Late"), ("done", "Followed up")],
        string="Follow-up",
        compute="_compute_follow_up_state",
        search="_search_follow_up_state",
    )

    # ------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------

    @api.depends("follow_up_deadline", "follow_up_date")
    def _compute_follow_up_state(self):
        for visit in self:
            if visit.follow_up_date:
                visit.follow_up_state = "done"
            elif visit.follow_up_deadline:
                late = visit.follow_up_deadline < visit.company_id._kam_today()
                visit.follow_up_state = "late" if late else "open"
            else:
                visit.follow_up_state = False

    def _search_follow_up_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        waiting = Domain("follow_up_date", "=", False)
        by_today = self.env["res.company"]._kam_today_domain
        states = {
            "open": waiting & by_today(lambda day: [("follow_up_deadline", ">=", day)]),
            "late": waiting & by_today(lambda day: [("follow_up_deadline", "<", day)]),
            "done": Domain("follow_up_date", "!=", False),
            False: waiting & Domain("follow_up_deadline", "=", False),
        }
        return Domain.OR(states[item] for item in value if item in states)

    # ------------------------------------------------------------
    # Start
    # ------------------------------------------------------------

    def _start_follow_up(self):
        """A visit took place: close earlier follow-ups, open its own.

        Recorded after a later visit, it was followed up by that one.
        """
        self._close_earlier_follow_ups()
        later = self._find_later_visits()
        for visit in self:
            day = visit.company_id._kam_local_date(visit.start)
            deadline = day + timedelta(days=FOLLOW_UP_DAYS)
            if visit.next_step:
                visit._schedule_next_step(deadline)
            if visit.method == "phone":
                continue
            visit.sudo().follow_up_deadline = deadline
            if next_visit := later.get(visit):
                held = visit.company_id._kam_local_date(next_visit.start)
                visit._close_follow_up(held, next_visit)
            else:
                visit.sudo().activity_schedule(
                    FOLLOW_UP_ACTIVITY,
                    date_deadline=deadline,
                    note=visit.next_step and plaintext2html(visit.next_step),
                    user_id=visit.user_id.id,
                )

    def _find_later_visits(self):
        """:return: dict of visits by those that they followed"""
        if not self:
            return {}
        held = self.sudo().search(
            [
                ("account_id", "in", self.account_id.ids),
                ("state", "=", "done"),
                ("start", ">", min(self.mapped("start"))),
            ],
            order="start, id",
        )
        by_account = held.grouped("account_id")
        found = {}
        for visit in self:
            visits = by_account.get(visit.account_id, held.browse())
            later = visits.filtered(lambda v, s=visit.start: v.start > s)
            if later:
                found[visit] = later[0]
        return found

    def _schedule_next_step(self, deadline):
        self.sudo().activity_schedule(
            "mail.mail_activity_data_todo",
            date_deadline=self.next_step_date or deadline,
            summary=self.next_step,
            user_id=self.user_id.id,
        )

    def _close_earlier_follow_ups(self):
        """The follow-ups of earlier visits are done by these ones."""
        earlier = self.sudo().search(
            [
                ("account_id", "in", self.account_id.ids),
                ("follow_up_deadline", "!=", False),
                ("follow_up_date", "=", False),
                ("id", "not in", self.ids),
            ]
        )
        for visit in self.sorted("start"):
            closed = earlier.filtered(
                lambda e, v=visit: e.account_id == v.account_id and e.start < v.start
            )
            if closed:
                day = visit.company_id._kam_local_date(visit.start)
                closed._close_follow_up(day, visit)
                earlier -= closed

    # ------------------------------------------------------------
    # Close
    # ------------------------------------------------------------

    def _close_follow_up(self, day, visit=None):
        """:param visit: later visit that did it, if it was not a phone call"""
        values = {"follow_up_date": day, "follow_up_visit_id": visit and visit.id}
        if not visit:
            values["follow_up_call"] = fields.Datetime.now()
            values["follow_up_user_id"] = self.env.uid
        self.sudo().write(values)
        feedback = visit and visit.display_name or self.env._("By phone")
        self.sudo().activity_feedback([FOLLOW_UP_ACTIVITY], feedback=feedback)
        self.sudo().activity_unlink([FOLLOW_UP_LATE_ACTIVITY])

    def action_follow_up_by_phone(self):
        """The customer was called: the follow-up is done.

        :raise UserError: nothing is to be followed up
        """
        self.check_access("write")
        if self.filtered(lambda v: v.follow_up_state not in ("open", "late")):
            raise UserError(self.env._("There is nothing to follow up."))
        self._close_follow_up_by_phone()

    def _close_follow_up_by_phone(self):
        for company, visits in self.grouped("company_id").items():
            visits._close_follow_up(company._kam_today())

    def action_follow_up_by_visit(self):
        """Prepare the next visit to the same people; held, it is the follow-up."""
        self.ensure_one()
        return self.env["ir.actions.actions"]._kam_form(
            self.browse(),
            self.env._("Next Visit"),
            {
                "default_account_id": self.account_id.id,
                "default_contact_ids": self.contact_ids.ids,
                "default_type_id": self.type_id.id,
                "default_purpose": self.next_step,
            },
        )

    # ------------------------------------------------------------
    # Escalation
    # ------------------------------------------------------------

    @api.model
    def _cron_escalate_follow_ups(self):
        """Tell the superiors of follow-ups that are late, once each."""
        late = self.search(
            [("follow_up_state", "=", "late"), ("follow_up_escalated", "=", False)]
        )
        run_or_each(
            late,
            lambda visits: visits._escalate_follow_ups(),
            lambda env: env._("escalating late follow-ups"),
            retry=True,
        )

    def _escalate_follow_ups(self):
        groups = self.grouped(lambda v: (v.company_id, v._find_superiors()))
        for (company, superiors), visits in groups.items():
            for superior in superiors:
                visits.activity_schedule(
                    FOLLOW_UP_LATE_ACTIVITY,
                    date_deadline=company._kam_today(),
                    user_id=superior.id,
                )
        self.follow_up_escalated = True

    def _find_leader_above(self):
        """The nearest leader above the person responsible, maybe none."""
        return self.team_id._kam_find_leader(lambda user: user != self.user_id)

    def _find_superiors(self):
        """The leader, or else the directors of the company."""
        directors = self.env.ref("key_account_management.group_kam_director").sudo()
        return self._find_leader_above() or directors.all_user_ids.filtered(
            lambda u: (
                u.active and u != self.user_id and self.company_id in u.company_ids
            )
        )
