"""Who may be screened: one customer, or lead, at a time."""

from odoo import api, models
from odoo.exceptions import ValidationError


class KamScreening(models.Model):
    _inherit = "kam.screening"

    @api.constrains("partner_id")
    def _check_partner_is_customer(self):
        for screening in self:
            partner = screening.partner_id
            if partner != partner.commercial_partner_id:
                raise ValidationError(
                    self.env._(
                        "%(contact)s is a contact of %(company)s. Screen the company "
                        "itself.",
                        contact=partner.display_name,
                        company=partner.commercial_partner_id.display_name,
                    )
                )

    @api.constrains("decision_maker_ids")
    def _check_decision_makers(self):
        for screening in self.filtered("partner_id"):
            people = screening.sudo().decision_maker_ids
            strangers = people.filtered(
                lambda p, s=screening: p.commercial_partner_id != s.partner_id
            )
            if strangers:
                raise ValidationError(
                    self.env._(
                        "%(person)s does not belong to %(customer)s.",
                        person=strangers[0].name,
                        customer=screening.partner_id.name,
                    )
                )

    def _check_candidate(self):
        """Not a constraint: the file outlives leads that are deleted or merged."""
        if not all(screening.partner_id or screening.lead_id for screening in self):
            raise ValidationError(
                self.env._("Choose the customer or the lead to screen.")
            )
        if self.env.su:
            return
        for screening in self:
            partner = screening.sudo().lead_id.partner_id.commercial_partner_id
            if partner and partner != screening.partner_id:
                raise ValidationError(
                    self.env._(
                        "The lead is about another customer: %(customer)s.",
                        customer=partner.display_name,
                    )
                )

    def _check_one_under_way(self):
        """Not a constraint: CRM may give a lead the customer, or merge it."""
        for fname in ("partner_id", "lead_id"):
            groups = self.sudo()._read_group(
                [
                    ("result", "=", "open"),
                    (fname, "in", self[fname].ids),
                    ("company_id", "in", self.company_id.ids),
                ],
                [fname, "company_id"],
                having=[("__count", ">", 1)],
            )
            if groups:
                raise ValidationError(
                    self.env._(
                        "A screening of %(customer)s is under way already.",
                        customer=groups[0][0].display_name,
                    )
                )
