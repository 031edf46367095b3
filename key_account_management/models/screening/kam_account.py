"""Candidates among the customers of the register (A3, B1)."""

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain


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
                self,
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
    def _rule_steps(self, accounts=None):
        steps = super()._rule_steps(accounts)
        if accounts is None:
            steps["screenings"] = (
                lambda env: env._("starting screenings"),
                self.env["kam.screening"]._follow_register,
            )
        return steps

    def _filter_screenable(self):
        """Accounts whose customers the user may screen: those that he may change, and
        those without account manager."""
        if self.env.su:
            return self
        writable = self._filtered_access("write")
        others = (self - writable).sudo().filtered(lambda a: not a.manager_id)
        return writable + (self & others)

    def _follow_people(self, before):
        """Whom a leader puts in charge while a screening is under way stays in charge
        when it is confirmed.
        """
        under_way = self.screening_ids.filtered(lambda s: s.result == "open")
        under_way._follow_account(before)
        return super()._follow_people(before)

    def _check_screenable(self):
        """:raise AccessError: somebody else looks after the customers"""
        if refused := self - self._filter_screenable():
            raise AccessError(
                self.env._(
                    "%(customer)s is looked after by somebody else: ask the account "
                    "manager, or whoever leads the territory, to screen this customer.",
                    customer=refused[0].sudo().partner_id.display_name,
                )
            )

    def _check_may_start(self):
        """Nobody starts the account of whom somebody else screens, but who leads it."""
        super()._check_may_start()
        if self.env.su:
            return
        found = (
            self.env["kam.screening"]
            .sudo()
            .search(
                Domain("result", "=", "open")
                & Domain("company_id", "in", self.company_id.ids)
                & Domain("user_id", "not in", (self.env.uid, False))
                & (
                    Domain("partner_id", "in", self.partner_id.ids)
                    | Domain(
                        "lead_id.partner_id.commercial_partner_id",
                        "in",
                        self.partner_id.ids,
                    )
                )
            )
        )
        for screening in found:
            if not self.env.user._kam_leads(screening.team_id):
                raise AccessError(
                    self.env._(
                        "%(customer)s is being screened by somebody else: the account "
                        "is started when the screening is confirmed.",
                        customer=screening._get_customer().display_name,
                    )
                )

    def _drop_doubles(self, other):
        (self | other).screening_ids._close_doubles()
        return super()._drop_doubles(other)

    def _screening_user(self):
        """Who is to screen a customer that the rules propose."""
        self.ensure_one()
        asked = self.env["res.users"] if self.env.su else self.env.user
        for user in (self.manager_id, self.team_id.user_id):
            if self.company_id._kam_employs(user):
                return user
        return asked

    def _settle_merge(self):
        """A screening that is under way is that of the new customer."""
        under_way = self.screening_ids.filtered(lambda s: s.result == "open")
        under_way.filtered(lambda s: s.partner_id != self.partner_id).write(
            {"partner_id": self.partner_id.id}
        )
        return super()._settle_merge()
