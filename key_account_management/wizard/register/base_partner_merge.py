from odoo import api, models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"  # pylint: disable=R8180

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        """Merge the key accounts first: a customer has one per company."""
        accounts = self.env["kam.account"].sudo().with_context(active_test=False)
        for account in accounts.search([("partner_id", "in", src_partners.ids)]):
            account._absorb_into(dst_partner.sudo().commercial_partner_id)
        self._kam_join_records(src_partners, dst_partner)
        return super()._update_foreign_keys(src_partners, dst_partner)

    @api.model
    def _kam_join_records(self, src_partners, dst_partner):
        """Join what the partners have each, and one partner may have once only.

        Called when the accounts are merged; for a later capability to say.
        """
