from odoo import models
from odoo.fields import Domain


class KamAccountHandover(models.TransientModel):
    _inherit = "kam.account.handover"  # pylint: disable=R8180

    def _get_handover_records(self):
        """Screenings that are under way change hands, too."""
        open_ones = Domain("user_id", "=", self.from_user_id.id) & Domain(
            "result", "=", "open"
        )
        return [
            *super()._get_handover_records(),
            (
                self.env._("Screenings"),
                self._get_screenings().filtered_domain(open_ones),
                "user_id",
            ),
        ]

    def _get_handover_files(self):
        return [*super()._get_handover_files(), self._get_screenings()]

    def _get_screenings(self):
        return self.env["kam.screening"].sudo().search(self._of_accounts())
