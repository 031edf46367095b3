from odoo import fields, models
from odoo.fields import Domain

from ..base.arguments import check_one
from ..base.groups import KAM_READERS


class CrmLead(models.Model):
    _name = "crm.lead"
    # pylint: disable=R8180
    _inherit = ["crm.lead", "kam.named.mixin", "kam.used.mixin"]

    kam_screening_ids = fields.One2many(
        "kam.screening", "lead_id", string="Screenings", groups=KAM_READERS
    )

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    def write(self, vals):
        """A screening under review is returned when its lead gets another customer."""
        result = super().write(vals)
        if vals.keys() & {"partner_id", "partner_name", "contact_name"}:
            self.sudo().kam_screening_ids._approval_return_outdated()
        return result

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_kam_screen(self):
        """Open the screening of the lead as a key account, or start one.

        Confirmed, it is the way from the lead to the account.
        """
        check_one(self)
        customer = self.partner_id.commercial_partner_id
        of_customer = Domain("partner_id", "in", customer.ids)
        company = self.company_id or self.env.company
        accounts = self.env["kam.account"].sudo().with_context(active_test=False)
        account = accounts.search(of_customer & Domain("company_id", "=", company.id))
        return self.env["kam.screening"]._action_screen(
            Domain("lead_id", "=", self.id)
            | (of_customer & Domain("result", "=", "open")),
            {"default_lead_id": self.id},
            account.sudo(False),
            company,
            results=("open", "confirmed"),
        )

    def _merge_dependences(self, opportunities):
        """Screenings follow their lead into the one that it is merged into.

        One of those under way goes on.
        """
        (self + opportunities).sudo().kam_screening_ids._close_doubles()
        screenings = opportunities.sudo().kam_screening_ids
        screenings.lead_id = self
        screenings._approval_return_outdated()
        return super()._merge_dependences(opportunities)
