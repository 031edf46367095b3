from odoo import api, fields, models
from odoo.fields import Domain

from ..base.arguments import check_one
from ..base.groups import KAM_READERS

# What changes the commercial entity of a partner.
ENTITY_FIELDS = {"parent_id", "is_company", "commercial_partner_id"}


class ResPartner(models.Model):
    _name = "res.partner"
    # pylint: disable=R8180
    _inherit = ["res.partner", "kam.named.mixin", "kam.used.mixin"]

    kam_account_id = fields.Many2one(
        "kam.account",
        string="Key Account",
        compute="_compute_kam_account_id",
        search="_search_kam_account_id",
        groups=KAM_READERS,
    )
    kam_tier_id = fields.Many2one(
        related="kam_account_id.tier_id",
        related_sudo=False,
        string="Key Account Tier",
        groups=KAM_READERS,
    )
    kam_manager_id = fields.Many2one(
        related="kam_account_id.manager_id",
        related_sudo=False,
        tracking=False,
        string="Account Manager",
        groups=KAM_READERS,
    )
    kam_is_potential = fields.Boolean(
        related="kam_account_id.is_potential",
        related_sudo=False,
        string="Potential Key Account",
        groups=KAM_READERS,
    )
    kam_score = fields.Float(
        related="kam_account_id.score",
        related_sudo=False,
        string="Key Account Score",
        groups=KAM_READERS,
    )
    kam_currency_id = fields.Many2one(
        related="kam_account_id.currency_id",
        related_sudo=False,
        string="Key Account Currency",
        groups=KAM_READERS,
    )
    kam_revenue_12m = fields.Monetary(
        related="kam_account_id.revenue_12m",
        related_sudo=False,
        string="Key Account Revenue",
        currency_field="kam_currency_id",
        groups=KAM_READERS,
    )
    kam_explanation = fields.Json(
        related="kam_account_id.explanation",
        related_sudo=False,
        string="Key Account Explanation",
        groups=KAM_READERS,
    )

    @api.depends("commercial_partner_id")
    @api.depends_context("company", "uid")
    def _compute_kam_account_id(self):
        """Account of the current company, as far as the user may see it."""
        accounts = (
            self.env["kam.account"]
            .with_context(active_test=False)
            .search(
                [
                    ("partner_id", "in", self.commercial_partner_id.ids),
                    ("company_id", "=", self.env.company.id),
                ]
            )
        )
        by_partner = {account.partner_id: account.id for account in accounts}
        for partner in self:
            partner.kam_account_id = by_partner.get(
                partner.commercial_partner_id._origin
            )

    def _search_kam_account_id(self, operator, value):
        if operator not in ("any", "any!", "in"):
            return NotImplemented
        own = Domain("company_id", "=", self.env.company.id)
        if operator != "in":
            domain = own & Domain(value)
        else:
            domain = own & Domain("id", "in", value)
        accounts = self.env["kam.account"].with_context(active_test=False)
        found = Domain(
            "commercial_partner_id.id",
            "in",
            accounts._search(domain).subselect("partner_id"),
        )
        if operator == "in" and False in value:
            every = accounts._search(own).subselect("partner_id")
            found |= Domain("commercial_partner_id.id", "not in", every)
        return found

    def write(self, vals):
        """Customers that become part of others take their accounts there."""
        if self.env.su or not vals.keys() & ENTITY_FIELDS:
            return super().write(vals)
        accounts = (
            self.env["kam.account"]
            .sudo()
            .with_context(active_test=False)
            .search([("partner_id", "child_of", self.ids)])
        )
        before = {a: a.partner_id.commercial_partner_id for a in accounts}
        result = super().write(vals)
        moved = accounts.filtered(
            lambda a: a.partner_id.commercial_partner_id != before[a]
        )
        moved.sudo(False)._check_may_join()
        return result

    def unlink(self):
        """Take mere rows of the register along. What is on record keeps its customer,
        whoever deletes it.
        """
        self.check_access("unlink")
        accounts = self.env["kam.account"].sudo().with_context(active_test=False)
        accounts.search([("partner_id", "in", self.ids)]).unlink()
        return super().unlink()

    def _get_used_message(self, model):
        """Not by what: whoever keeps the contacts tidy need not know of it."""
        return self.env._(
            "%(contacts)s cannot be deleted: decisions or documents are on record. "
            "Archive the contact instead.",
            contacts=", ".join(self[:3].mapped("display_name")),
        )

    def action_view_kam_account(self):
        """Open the key account of the customer, or start one."""
        check_one(self)
        return self.env["ir.actions.actions"]._kam_form(
            self.kam_account_id,
            self.env._("Key Account"),
            {"default_partner_id": self.commercial_partner_id.id},
        )
