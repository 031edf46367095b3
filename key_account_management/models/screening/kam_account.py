"""Candidates among the customers of the register (A3, B1)."""

from odoo import api, fields, models


class KamAccount(models.Model):
    _inherit = "kam.account"  # pylint: disable=R8180

    screening_ids = fields.One2many("kam.screening", "account_id", string="Screenings")
    screening_count = fields.Integer(
        string="Screenings Made", compute="_compute_screening_count", aggregator=None
    )
    development_contact_ids = fields.One2many(
        "kam.development.contact", "account_id", string="Development Record"
    )

    @api.depends("screening_ids")
    @api.depends_context("uid")
    def _compute_screening_count(self):
        groups = self.env["kam.screening"]._read_group(
            [("account_id", "in", self.ids)], ["account_id"], ["__count"]
        )
        counts = {account.id: count for account, count in groups}
        for account in self:
            account.screening_count = counts.get(account._origin.id, 0)

    def action_screen(self):
        """Screen customers: open the screening of one, start those of several."""
        Screening = self.env["kam.screening"]
        if len(self) == 1:
            return Screening._action_screen(
                [("partner_id", "=", self.partner_id.id)],
                {"default_partner_id": self.partner_id.id},
                self.company_id,
            )
        screenings = Screening.browse()
        for company, accounts in self.grouped("company_id").items():
            screenings += Screening._propose_from_register(company, accounts)
        return Screening._action_proposed(screenings)

    def action_view_screenings(self):
        action = self._action_records("kam_screening_action")
        action["context"] = {"default_partner_id": self.partner_id.id}
        return action

    @api.model
    def _refresh_company(self, company, date=None):
        result = super()._refresh_company(company, date)
        day = fields.Date.to_date(date)
        self.env["kam.screening"]._link_accounts(company)
        if company.kam_screening_auto and (not day or day >= company._kam_today()):
            self.env["kam.screening"]._propose_from_register(company)
        return result

    def _screening_user(self):
        """Who is to screen a customer that the rules propose."""
        self.ensure_one()
        asked = self.env["res.users"] if self.env.su else self.env.user
        for user in (self.manager_id, self.team_id.user_id):
            if self.company_id._kam_employs(user):
                return user
        return asked
