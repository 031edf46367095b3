"""Candidates among the customers of the register (A3, B1)."""

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL


class KamAccount(models.Model):
    _inherit = "kam.account"

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

    @api.model
    def _refresh_company(self, company, date=None):
        result = super()._refresh_company(company, date)
        day = fields.Date.to_date(date)
        self.env["kam.screening"]._link_accounts(company)
        if company.kam_screening_auto and (not day or day >= company._kam_today()):
            self.env["kam.screening"]._propose_from_register(company)
        return result

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

    def _screening_user(self):
        """Who is to screen a customer that the rules propose."""
        self.ensure_one()
        asked = self.env["res.users"] if self.env.su else self.env.user
        for user in (self.manager_id, self.team_id.user_id):
            if self.company_id._kam_employs(user):
                return user
        return asked

    def action_view_screenings(self):
        action = self._action_records("kam_screening_action")
        action["context"] = {"default_partner_id": self.partner_id.id}
        return action


class KamScreening(models.Model):
    _inherit = "kam.screening"

    @api.model
    def _propose_from_register(self, company, accounts=None):
        """Start screenings of potential key accounts that have none.

        Looks at the accounts that the user sees. Those whose screening was refused or
        failed within the silence that the company set are left alone.

        :param accounts: only these ``kam.account`` records
        :return: the new screenings
        """
        self._link_accounts(company)
        since = company._kam_today() - relativedelta(
            months=company.sudo().kam_proposal_silence
        )
        screened = Domain("result", "=", "open") | Domain("date_closed", ">", since)
        domain = (
            Domain("company_id", "=", company.id)
            & Domain("is_potential", "=", True)
            & Domain("tier_id", "=", False)
            & Domain("screening_ids", "not any!", screened)
        )
        if accounts is not None:
            domain &= Domain("id", "in", accounts.ids)
        # No mail for each: the pipeline shows what is new.
        Screening = self.with_company(company).with_context(
            mail_create_nosubscribe=True, mail_auto_subscribe_no_notify=True
        )
        screenings = Screening.create(
            [
                {
                    "partner_id": account.partner_id.id,
                    "company_id": company.id,
                    "expected_revenue": max(account.revenue_12m, 0.0),
                    "user_id": account._screening_user().id,
                }
                for account in self.env["kam.account"].search(domain)
            ]
        )
        screenings.sudo().origin = "rule"
        return screenings

    @api.model
    def _link_accounts(self, company):
        """Link screenings, closed ones too, with new rows of the register."""
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE kam_screening s SET account_id = a.id FROM kam_account a
                WHERE s.account_id IS NULL
                    AND s.company_id = %s AND a.company_id = s.company_id
                    AND a.partner_id = s.partner_id
                RETURNING s.id
                """,
                company.id,
            )
        )
        screenings = self.browse(id_ for (id_,) in rows)
        if screenings:
            screenings.invalidate_recordset()
            screenings.modified(["account_id"])

    def action_propose_from_register(self):
        """Start screenings of all potential key accounts that the user sees."""
        screenings = self.browse()
        for company in self.env.companies:
            screenings += self._propose_from_register(company)
        return self._action_proposed(screenings)

    @api.model
    def _action_proposed(self, screenings):
        if not screenings:
            return {
                "type": "ir.actions.client",
                "tag": "display_notification",
                "params": {
                    "type": "info",
                    "message": self.env._(
                        "No screening to start: potential key accounts are screened "
                        "already, or were not long ago."
                    ),
                },
            }
        action = self.env["ir.actions.actions"]._for_xml_id(
            "key_account_management.kam_screening_action"
        )
        action["domain"] = [("id", "in", screenings.ids)]
        action["name"] = self.env._("New Screenings")
        return action

    @api.model
    def _action_screen(self, domain, defaults, company, results=("open",)):
        """Open the screening that is under way, or the form of a new one.

        :param domain: what finds the candidate
        :param dict defaults: what a new screening starts with, as context
        :param results: with one of these, a screening is opened again
        """
        domain = Domain(domain) & Domain(
            [("result", "in", results), ("company_id", "=", company.id)]
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Screening"),
            "res_model": self._name,
            # What is under way comes before what is closed.
            "res_id": self.search(
                domain, order="date_closed DESC NULLS FIRST, id DESC", limit=1
            ).id,
            "view_mode": "form",
            "context": {**defaults, "default_company_id": company.id},
        }
