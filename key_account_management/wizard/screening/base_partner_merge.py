from odoo import api, models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"  # pylint: disable=R8180

    @api.model
    def _kam_join_records(self, src_partners, dst_partner):
        partners = src_partners | dst_partner
        screenings = self.env["kam.screening"].sudo()
        screenings.search([("partner_id", "in", partners.ids)])._close_doubles()
        return super()._kam_join_records(src_partners, dst_partner)
