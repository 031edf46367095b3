from odoo import api, models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"  # pylint: disable=R8180

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        # While it is known who works for whom
        self._kam_check_carried(src_partners, dst_partner)
        return super()._update_foreign_keys(src_partners, dst_partner)

    @api.model
    def _kam_join_records(self, src_partners, dst_partner):
        profiles = self.env["kam.partner.profile"].sudo()
        profiles.search([("partner_id", "in", src_partners.ids)])._merge_profiles_into(
            profiles.search([("partner_id", "=", dst_partner.id)]), "account_id"
        )
        return super()._kam_join_records(src_partners, dst_partner)

    @api.model
    def _kam_check_carried(self, src_partners, dst_partner):
        """Check that what is known of contacts stays with their customer.

        :raise AccessError: it would reach another one, and that is for others to say
        """
        customer = dst_partner.sudo().commercial_partner_id
        if customer == dst_partner and not dst_partner.is_company:
            # A contact without a company gets that of the others.
            customer = src_partners.sudo().commercial_partner_id[:1]
        known = src_partners._kam_find_known()
        carried = known.filtered(lambda p: p.sudo().commercial_partner_id != customer)
        (carried and carried | dst_partner)._kam_check_works_for()

    @api.model
    def _update_values(self, src_partners, dst_partner):
        """Keep what is known of stakeholders, whoever merges them.

        Their superior is set last: only then it is known whom the contact works for.
        """
        people = (dst_partner + src_partners).sudo()
        superior = (people.kam_reports_to_id - people)[:1]
        people.kam_reports_to_id = False
        values = people._kam_joint_values()
        result = super()._update_values(src_partners, dst_partner)
        people[0].write(values)
        people[0]._kam_report_to(superior)
        people[0]._kam_leave_reporting_tree()
        return result
