from odoo import api, models
from odoo.fields import Domain

RAISE_ACTIVITY = "key_account_management.mail_act_visit_raise"


class CrmLead(models.Model):
    _inherit = "crm.lead"  # pylint: disable=R8180

    @api.model_create_multi
    def create(self, vals_list):
        leads = super().create(vals_list)
        leads.filtered(lambda lead: lead.type == "opportunity")._kam_raise_party()
        return leads

    def write(self, vals):
        opened = self.browse()
        if vals.get("type") == "opportunity":
            opened = self.filtered(lambda lead: lead.type != "opportunity")
        result = super().write(vals)
        opened._kam_raise_party()
        return result

    def _merge_dependences(self, opportunities):
        """Findings of visits follow their lead into the one that it is merged into."""
        findings = self.env["kam.visit.finding"].sudo()
        findings.search([("lead_id", "in", opportunities.ids)]).lead_id = self
        return super()._merge_dependences(opportunities)

    def _kam_raise_party(self):
        """A key account wants to buy: propose a visit by more, and higher, people (C4).

        One activity for an account, until somebody has acted on it.
        """
        activity_type = self.env.ref(RAISE_ACTIVITY, raise_if_not_found=False)
        if not activity_type or not self.partner_id:
            return
        by_company = self.grouped(lambda lead: lead.company_id or self.env.company)
        accounts = (
            self.env["kam.account"]
            .sudo()
            .search(
                Domain.OR(
                    Domain("company_id", "=", company.id)
                    & Domain(
                        "partner_id", "in", leads.partner_id.commercial_partner_id.ids
                    )
                    for company, leads in by_company.items()
                )
                & Domain("tier_id", "!=", False)
                & Domain("manager_id.active", "=", True)
            )
        )
        accounts -= accounts.filtered(
            lambda a: activity_type in a.activity_ids.activity_type_id
        )
        for manager, owned in accounts.grouped("manager_id").items():
            owned.activity_schedule(
                RAISE_ACTIVITY,
                user_id=manager.id,
                note=self.with_context(lang=manager.lang).env._(
                    "A new opportunity was created. Propose a visit by a supervisor "
                    "or higher to the executives of the customer."
                ),
            )
