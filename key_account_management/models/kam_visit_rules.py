"""What a visit must keep to: people, time, purpose, level of our party."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

# A visit that starts right now is not planned in the past.
TOLERANCE = timedelta(minutes=15)
# Settled when the visit is over.
FIXED_WHEN_DONE = {"start", "duration", "contact_ids", "user_id", "user_ids"}


class KamVisit(models.Model):
    _inherit = "kam.visit"

    @api.depends("account_id", "method")
    def _compute_user_ids(self):
        """Propose the supervisor, too, for visits to target accounts (D4)."""
        result = super()._compute_user_ids()
        for visit in self:
            if visit.state in ("draft", "planned") and not visit._has_leader():
                visit.user_ids |= visit.account_id._visit_companions(
                    visit.user_id, visit.method
                )
        return result

    def _has_leader(self):
        """Whether a supervisor, or somebody above, is in our party."""
        return any(user._kam_is_leader() for user in self.sudo().user_ids)

    @api.constrains("contact_ids", "account_id")
    def _check_contacts(self):
        for visit in self:
            strangers = visit.contact_ids.filtered(
                lambda c, visit=visit: c.commercial_partner_id != visit.partner_id
            )
            if strangers:
                raise ValidationError(
                    self.env._(
                        "%(contacts)s: not a contact of %(customer)s.",
                        contacts=", ".join(strangers.mapped("name")),
                        customer=visit.partner_id.name,
                    )
                )

    @api.constrains("user_id", "user_ids", "account_id")
    def _check_party(self):
        for visit in self.sudo():
            company = visit.company_id
            strangers = (visit.user_id | visit.user_ids).filtered(
                lambda u, c=company: u.share or c not in u.company_ids
            )
            if strangers:
                raise ValidationError(
                    self.env._(
                        "%(users)s: nobody of %(company)s.",
                        users=", ".join(strangers.mapped("name")),
                        company=company.name,
                    )
                )

    @api.constrains("state", "start")
    def _check_start(self):
        earliest = fields.Datetime.now() - TOLERANCE
        for visit in self:
            if visit.state == "planned" and visit.start < earliest:
                raise ValidationError(
                    self.env._(
                        "The visit to %(customer)s would start in the past (%(start)s)."
                        " Choose a later time, or record a visit that took place.",
                        customer=visit.partner_id.name,
                        start=visit._local_time(visit.start),
                    )
                )

    @api.constrains("state", "purpose")
    def _check_purpose(self):
        for visit in self:
            if visit.state in ("planned", "done") and not (visit.purpose or "").strip():
                raise ValidationError(
                    self.env._("Purpose first: say what the visit is for.")
                )

    @api.constrains("state", "main_points")
    def _check_record(self):
        for visit in self:
            if visit.state == "done" and not (visit.main_points or "").strip():
                raise ValidationError(
                    self.env._("Record the main points before closing the visit.")
                )

    @api.constrains("state", "user_ids", "method", "account_id")
    def _check_level(self):
        """Visits to target accounts are made by supervisors and above (D4)."""
        visits = self.filtered(
            lambda v: (
                v.state == "planned" and v.account_id._visit_demands_leader(v.method)
            )
        )
        for visit in visits:
            if not visit._has_leader():
                raise ValidationError(
                    self.env._(
                        "%(customer)s is a target account: at least one supervisor, or "
                        "somebody above, must be in our party.",
                        customer=visit.partner_id.name,
                    )
                )

    @api.constrains("state", "start", "duration", "user_ids")
    def _check_overlap(self):
        """Nobody is at two visits at a time."""
        planned = self.filtered(lambda v: v.state == "planned").sudo()
        if not planned:
            return
        users = planned.user_ids
        candidates = planned.search(
            [
                ("state", "=", "planned"),
                ("user_ids", "in", users.ids),
                ("start", "<", max(planned.mapped("stop"))),
                ("stop", ">", min(planned.mapped("start"))),
            ],
            order="start, id",
        )
        # In order of time, whoever is still at one visit cannot start another.
        last = {}
        for visit in candidates:
            for user in visit.user_ids & users:
                other = last.setdefault(user, visit)
                if other != visit and visit.start < other.stop:
                    if visit in planned or other in planned:
                        self._refuse_overlap(
                            user,
                            *sorted(
                                (visit, other), key=planned.__contains__, reverse=True
                            ),
                        )
                if visit.stop > other.stop:
                    last[user] = visit

    def _refuse_overlap(self, user, visit, other):
        raise ValidationError(
            self.env._(
                "%(person)s cannot be at %(customer)s at %(time)s: the visit to "
                "%(other)s is from %(start)s to %(stop)s.",
                person=user.name,
                customer=visit.partner_id.name,
                time=self._local_time(visit.start),
                other=other.partner_id.name,
                start=self._local_time(other.start),
                stop=self._local_time(other.stop),
            )
        )

    def _check_fixed(self, vals):
        """:raise UserError: what a visit is, or what has happened, would change"""
        if "account_id" in vals and self.filtered(
            lambda v: v.account_id.id != vals["account_id"]
        ):
            raise UserError(
                self.env._("A visit stays with its customer. Create another one.")
            )
        if vals.keys() & FIXED_WHEN_DONE and (
            done := self.filtered(lambda v: v.state == "done")
        ):
            raise UserError(
                self.env._(
                    "%(visits)s: time and people of a visit that took place are fixed.",
                    visits=", ".join(done[:3].mapped("display_name")),
                )
            )

    def _local_time(self, moment):
        """A moment as the reader writes it, in their own time zone."""
        return fields.Datetime.context_timestamp(self, moment).strftime(
            "%Y-%m-%d %H:%M"
        )
