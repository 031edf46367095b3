from odoo import api, models
from odoo.tools import SQL


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"  # pylint: disable=R8180

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        """Merge the key accounts first: a customer has one per company."""
        accounts = self.env["kam.account"].sudo().with_context(active_test=False)
        customer = dst_partner.sudo().commercial_partner_id
        merged = accounts.search([("partner_id", "in", src_partners.ids)])
        merged.sudo(self.env.su)._check_may_join(customer)
        for account in merged:
            account._absorb_into(customer)
        self._kam_join_records(src_partners, dst_partner)
        result = super()._update_foreign_keys(src_partners, dst_partner)
        self._kam_drop_double_links(src_partners)
        return result

    @api.model
    def _kam_drop_double_links(self, src_partners):
        """Drop the links that are left: from what is linked to the other one already.

        Where such a link keeps a contact, core could not delete the merged ones.
        """
        for model, fname in self.env["res.partner"]._restricting_fields():
            field = self.env[model]._fields[fname]
            if field.type == "many2many":
                self.env.cr.execute(
                    SQL(
                        "DELETE FROM %s WHERE %s = ANY(%s)",
                        SQL.identifier(field.relation),
                        SQL.identifier(field.column2),
                        src_partners.ids,
                    )
                )
                self.env[model].invalidate_model([fname], flush=False)

    @api.model
    def _kam_join_records(self, src_partners, dst_partner):
        """Join what the partners have each, and one partner may have once only.

        Called when the accounts are merged; for a later capability to say.
        """
