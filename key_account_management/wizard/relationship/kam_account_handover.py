from odoo import models
from odoo.fields import Domain


class KamAccountHandover(models.TransientModel):
    _inherit = "kam.account.handover"  # pylint: disable=R8180

    def _get_handover_records(self):
        """Occasions and relationships change hands, too."""
        mine = Domain("user_id", "=", self.from_user_id.id)
        everybody = self.env["res.partner"].sudo().with_context(active_test=False)
        contacts = everybody.search(
            self._of_customers("commercial_partner_id")
            & Domain("kam_owner_id", "=", self.from_user_id.id)
        )
        return [
            *super()._get_handover_records(),
            (self.env._("Relationships"), contacts, "kam_owner_id"),
            (
                self.env._("Occasions"),
                self._get_occasions().filtered_domain(mine),
                "user_id",
            ),
        ]

    def _get_handover_files(self):
        return [*super()._get_handover_files(), self._get_occasions()]

    def _get_occasions(self):
        occasions = self.env["kam.occasion"].sudo().with_context(active_test=False)
        return occasions.search(self._of_accounts())
