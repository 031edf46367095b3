from odoo import Command, fields, models

from ..base.groups import CREDIT_READERS
from ..register.res_partner import ENTITY_FIELDS


class ResPartner(models.Model):
    _inherit = "res.partner"  # pylint: disable=R8180

    kam_credit_grade_id = fields.Many2one(
        related="kam_account_id.credit_grade_id",
        related_sudo=False,
        string="Key Account Credit Grade",
        groups=CREDIT_READERS,
    )
    kam_former_ids = fields.Many2many(
        "res.partner",
        "kam_partner_former_rel",
        "partner_id",
        "former_id",
        string="Former Customers",
        readonly=True,
        copy=False,
        groups="base.group_system",
        help="Customers with a credit grade that the contact belonged to before. Their "
        "grades go on while the customer it belongs to has none.",
    )

    def write(self, vals):
        if not vals.keys() & ENTITY_FIELDS:
            return super().write(vals)
        entities = self._kam_entities_below()
        graded = self._kam_graded_among(entities)
        limits = {
            account: account.partner_id.with_company(account.company_id).credit_limit
            for account in graded
        }
        formers = {
            account.partner_id.commercial_partner_id.id: account.partner_id.id
            for account in graded
        }
        result = super().write(vals)
        partners = self.sudo().browse(entities)
        moved = partners.filtered(
            lambda p: p.commercial_partner_id.id != entities[p.id]
        )
        moved._kam_remember({id_: formers.get(entities[id_]) for id_ in moved.ids})
        for account, limit in limits.items():
            # Core gives contacts the limit of the customer they belong to.
            if account.partner_id in moved:
                partner = account.partner_id.with_company(account.company_id)
                partner.credit_limit = limit
        return result

    def _kam_entities_below(self):
        """Id of the commercial entity of the partners and of all their contacts.

        :return: dict by id of partner
        """
        partners = (
            self.sudo()
            .with_context(active_test=False)
            .search([("id", "child_of", self.ids)])
        )
        return {partner.id: partner.commercial_partner_id.id for partner in partners}

    def _kam_graded_among(self, entities):
        """Accounts with a grade, of the commercial entities of partners."""
        return (
            self.env["kam.account"]
            .sudo()
            .with_context(active_test=False)
            .search(
                [
                    (
                        "partner_id.commercial_partner_id",
                        "in",
                        list(set(entities.values())),
                    ),
                    ("credit_grade_id", "!=", False),
                ]
            )
        )

    def _kam_remember(self, formers):
        """Remember the customers that partners belonged to.

        :param dict formers: id of the customer, or none, by id of partner
        """
        for former, partners in self.grouped(lambda p: formers[p.id]).items():
            others = partners.filtered(lambda p, former=former: p.id != former)
            if former and others:
                others.write({"kam_former_ids": [Command.link(former)]})
