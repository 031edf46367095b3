from odoo import fields, models

from .res_partner import KAM_READERS


class CrmLead(models.Model):
    _inherit = "crm.lead"

    kam_screening_ids = fields.One2many(
        "kam.screening", "lead_id", string="Screenings", groups=KAM_READERS
    )

    def action_kam_screen(self):
        """Open the screening of the lead as a key account, or start one."""
        self.ensure_one()
        return self.env["kam.screening"]._action_screen(
            [("lead_id", "=", self.id)],
            {"default_lead_id": self.id},
            self.company_id or self.env.company,
        )

    def _merge_dependences(self, opportunities):
        """Screenings follow their lead into the one that it is merged into."""
        opportunities.sudo().kam_screening_ids.lead_id = self
        return super()._merge_dependences(opportunities)
