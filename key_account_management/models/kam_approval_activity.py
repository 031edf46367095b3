from odoo import api, models
from odoo.tools import plaintext2html

ACTIVITY_TYPE = "key_account_management.mail_activity_type_approval"


class KamApproval(models.Model):
    """Telling people: the activities of the rows. No decision depends on them."""

    _inherit = "kam.approval"

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
        """Ask the applicants to complete the documents of the returned rows."""
        model = self.env[self[:1].res_model].with_context(allowed_company_ids=[])
        asked = {}
        for applicant, rows in self.grouped(self._applicants().get).items():
            if applicant.active and not applicant.share:
                returned = model.with_user(applicant).browse(rows.mapped("res_id"))
                readable = returned._filtered_access("read").ids
                asked |= {row: applicant for row in rows if row.res_id in readable}
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
                for row, user in asked.items()
            ),
        )

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
            self._mark_done(model, done, comment)

    @api.model
    def _mark_done(self, model, activities, comment):
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

    def _ask_again(self):
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
