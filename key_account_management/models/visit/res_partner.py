from odoo import models

from ..base.arguments import check_one


class ResPartner(models.Model):
    _inherit = "res.partner"  # pylint: disable=R8180

    def action_kam_record_visit(self):
        """Quick entry of a visit to a contact."""
        check_one(self)
        contacts = self if self != self.commercial_partner_id else self.browse()
        return self.env["ir.actions.actions"]._kam_records(
            "kam_visit_record_action",
            context={
                "default_account_id": self.kam_account_id.id,
                "default_contact_ids": contacts.ids,
            },
        )

    def _kam_last_visits(self):
        """Visits that took place count, whether or not the contacts were invited."""
        days = super()._kam_last_visits()
        ids = set(self._origin.ids)
        groups = (
            self.env["kam.visit"]
            .sudo()
            ._read_group(
                [
                    ("state", "=", "done"),
                    ("contact_ids", "in", list(ids)),
                    ("company_id", "in", self.env.companies.ids),
                ],
                ["contact_ids", "company_id"],
                ["start:max"],
            )
        )
        for contact, company, start in groups:
            if contact.id in ids:
                day = company._kam_local_date(start)
                days[contact.id] = max(day, days.get(contact.id, day))
        return days
