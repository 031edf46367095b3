from odoo import api, models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        """Merge the key accounts first: a customer has one per company."""
        accounts = self.env["kam.account"].sudo().with_context(active_test=False)
        for account in accounts.search([("partner_id", "in", src_partners.ids)]):
            account._absorb_into(dst_partner.sudo())
        # Nobody reports to himself afterwards.
        merged = (src_partners | dst_partner).sudo()
        merged.filtered(lambda p: p.kam_reports_to_id in merged).write(
            {"kam_reports_to_id": False}
        )
        profiles = self.env["kam.partner.profile"].sudo()
        profiles.search([("partner_id", "in", src_partners.ids)])._join(
            profiles.search([("partner_id", "=", dst_partner.id)]), "account_id"
        )
        return super()._update_foreign_keys(src_partners, dst_partner)
