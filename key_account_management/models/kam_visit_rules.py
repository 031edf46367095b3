"""What a visit must keep to: people, time, purpose, level of our party."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

# A visit that starts right now is not planned in the past.
TOLERANCE = timedelta(minutes=15)


class KamVisit(models.Model):
    _inherit = "kam.visit"

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
            if not any(user._kam_is_leader() for user in visit.sudo().user_ids):
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
        planned = self.filtered(lambda v: v.state == "planned")
        if not planned:
            return
        self.flush_model(["state", "start", "stop", "user_ids"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT v.id, other.id, r.user_id
                FROM kam_visit v
                JOIN kam_visit_user_rel r ON r.visit_id = v.id
                JOIN kam_visit_user_rel r2
                    ON r2.user_id = r.user_id AND r2.visit_id != v.id
                JOIN kam_visit other ON other.id = r2.visit_id
                    AND other.state = 'planned'
                    AND other.start < v.stop AND other.stop > v.start
                WHERE v.id IN %s
                LIMIT 1
                """,
                tuple(planned.ids),
            )
        )
        for visit_id, other_id, user_id in rows:
            visit, other = self.sudo().browse((visit_id, other_id))
            raise ValidationError(
                self.env._(
                    "%(person)s cannot be at %(customer)s at %(time)s: the visit to "
                    "%(other)s is from %(start)s to %(stop)s.",
                    person=self.env["res.users"].sudo().browse(user_id).name,
                    customer=visit.partner_id.name,
                    time=visit._local_time(visit.start),
                    other=other.partner_id.name,
                    start=other._local_time(other.start),
                    stop=other._local_time(other.stop),
                )
            )

    def _local_time(self, moment):
        """A moment as the reader writes it, in their own time zone."""
        return fields.Datetime.context_timestamp(self, moment).strftime(
            "%Y-%m-%d %H:%M"
        )
