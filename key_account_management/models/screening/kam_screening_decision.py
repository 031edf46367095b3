from dateutil.relativedelta import relativedelta

from odoo import api, models
from odoo.exceptions import UserError


class KamScreeningDecision(models.AbstractModel):
    """How a screening ends: confirmed, refused, or failed (B1, B3).

    A part of ``kam.screening``: the hooks of its approval. It reads the candidate
    (``partner_id``, ``lead_id``, ``account_id``) and what it becomes (``tier_id``,
    ``manager_id``, ``team_id``), writes ``stage``, ``result`` and how it was closed,
    and calls ``_check_complete``, ``_check_candidate``, ``_check_one_under_way`` and
    ``_is_behind``.
    """

    _name = "kam.screening.decision"
    _inherit = ["kam.form.mixin"]
    _description = "Key Account Screening"

    # ------------------------------------------------------------
    # Approval
    # ------------------------------------------------------------

    def _approval_team(self):
        return self.team_id

    def _approval_may_submit(self):
        return super()._approval_may_submit() and self.result == "open"

    def _approval_check(self):
        for screening in self:
            if screening.result != "open":
                raise UserError(self.env._("This screening is closed."))
            screening._check_complete("confirmation")
            screening._check_candidate()
            screening._check_new_customer()
            if not screening.tier_id or not screening.manager_id:
                raise UserError(
                    self.env._("Choose the future tier and account manager.")
                )
            screening._check_one_under_way()
            screening._check_eligible()

    def _check_eligible(self):
        """:raise UserError: the candidate cannot become a key account as it is asked"""
        self.ensure_one()
        account = self.account_id.sudo()
        if account.tier_id:
            raise UserError(
                self.env._(
                    "%(customer)s is already a key account.", customer=self.candidate
                )
            )
        if account and account._is_withheld():
            raise UserError(
                self.env._(
                    "The contract performance of this customer is below the "
                    "minimum: key-account treatment is withheld."
                )
            )
        if not self.tier_id.active:
            raise UserError(
                self.env._(
                    "The tier “%(tier)s” is archived: choose another one.",
                    tier=self.tier_id.name,
                )
            )
        if not self.company_id._kam_employs(self.manager_id):
            raise UserError(
                self.env._(
                    "%(user)s cannot manage accounts of %(company)s: choose another "
                    "account manager.",
                    user=self.manager_id.sudo().name,
                    company=self.company_id.name,
                )
            )

    def _check_new_customer(self):
        """:raise UserError: the lead, which names no customer, is of a known contact

        Whether the approval is to make a new customer of it, is to be seen before.
        """
        self.ensure_one()
        lead = self.sudo().lead_id
        if self.partner_id or lead.partner_id:
            return
        if known := lead._find_matching_partner():
            raise UserError(
                self.env._(
                    "%(contact)s has the e-mail address of the lead. Choose the "
                    "customer of the lead first.",
                    contact=known.display_name,
                )
            )

    def _approval_may_complete(self, user):
        account = self.account_id.with_user(user).with_context(allowed_company_ids=[])
        return super()._approval_may_complete(user) and (
            account._filter_screenable() == account
        )

    def _approval_responsible(self):
        return self.account_id.manager_id + self.user_id

    def _approval_lapse(self):
        """Much may happen since the submission: the manager may leave, the tier may be
        archived. What is returned can be changed."""
        try:
            self._check_eligible()
        except UserError as error:
            return str(error)
        return super()._approval_lapse()

    @api.model
    def _approval_sources(self):
        """Who the candidate is: the approval makes a customer of the lead."""
        return [
            *super()._approval_sources(),
            "partner_id.commercial_partner_id",
            "lead_id.partner_id",
            "lead_id.partner_id.commercial_partner_id",
            "lead_id.partner_name",
            "lead_id.contact_name",
        ]

    def _approval_submit(self, applicant):
        self.sudo().write({"stage": "confirmation"})
        return super()._approval_submit(applicant)

    def _approval_withdraw(self):
        self.sudo().write({"stage": "risk"})
        result = super()._approval_withdraw()
        self._follow_lead()
        return result

    def _approval_returned(self, comment):
        self.write({"stage": "risk"})
        self._follow_lead()
        return super()._approval_returned(comment)

    def _follow_lead(self):
        """Open again, the files take the customer that their lead has been given."""
        self.filtered(lambda s: s._is_behind("partner_id")).modified(["lead_id"])

    def _approval_refused(self, comment):
        reason = self.env.ref(
            "key_account_management.lost_reason_refused", raise_if_not_found=False
        )  # an administrator may have deleted it
        self._close_file(
            "refused", failure_reason_id=reason and reason.id, failure_text=comment
        )
        return super()._approval_refused(comment)

    def _approval_done(self):
        """Make the candidates key accounts: this approval is the decision."""
        for screening in self:
            screening._ensure_customer()
            account = screening._ensure_account()
            screening._check_eligible()
            account.write(
                {
                    "manager_id": screening.manager_id.id,
                    "team_id": screening.team_id.id or account.team_id.id,
                }
            )
            account.proposal_ids._withdraw_undecided()
            account._assign_tier(
                screening.tier_id, {account.id: screening._reason_in_words()}
            )
            months = screening.company_id.kam_screening_protection_months
            screening._close_file(
                "confirmed",
                protected_until=screening.company_id._kam_today()
                + relativedelta(months=months),
            )
        self._plan_first_visits()
        return super()._approval_done()

    def _plan_first_visits(self):
        """Hook to plan what the new account managers begin with."""

    def _ensure_customer(self):
        """Turn the lead of a candidate into a customer, as CRM does."""
        self.ensure_one()
        lead = self.lead_id
        if lead and not lead.partner_id:
            # No contact that happens to match: nobody has reviewed that one.
            lead._handle_partner_assignment(force_partner_id=self.partner_id.id)
        if lead and lead.type == "lead":
            lead.convert_opportunity(lead.partner_id)
        partner = self.partner_id or lead.partner_id.commercial_partner_id
        if not partner:
            raise UserError(
                self.env._(
                    "%(screening)s has neither a customer nor a lead.",
                    screening=self.display_name,
                )
            )
        if not self.partner_id:
            self.partner_id = partner

    def _ensure_account(self):
        """:return: the account of the customer in the register, made if missing"""
        self.ensure_one()
        self.env.add_to_compute(self._fields["account_id"], self)  # it may have come
        if not self.account_id:
            self.account_id = self.env["kam.account"].create(
                {"partner_id": self.partner_id.id, "company_id": self.company_id.id}
            )
        return self.account_id

    def _reason_in_words(self):
        self.ensure_one()
        verdicts = [
            dict(self._fields[fname]._description_selection(self.env))[self[fname]]
            for fname in ("risk_verdict", "worth")
            if self[fname]
        ]
        return self.env._(
            "Screening %(number)s: fit %(fit)s, risk score %(risk)s. %(verdicts)s.",
            number=self.name,
            fit=f"{self.fit:g}",
            risk=f"{self.risk_score:g}",
            verdicts=", ".join(verdicts),
        )

    # ------------------------------------------------------------
    # End
    # ------------------------------------------------------------

    def _fail_development(self, reason, text):
        """Close screenings whose development failed. The files are kept.

        :param reason: ``crm.lost.reason`` record
        :param str text: what went wrong
        :raise UserError: a screening is submitted or closed, or the text is missing
        """
        self.check_access("write")
        self._check_open()
        if not reason or not (text or "").strip():
            raise UserError(self.env._("Enter the reason and what went wrong."))
        self.sudo()._close_file(
            "failed", failure_reason_id=reason.id, failure_text=text
        )

    def _close_file(self, result, **values):
        groups = self.grouped(lambda screening: (screening.company_id, screening.stage))
        for (company, stage), screenings in groups.items():
            screenings.write(
                {
                    "result": result,
                    "stage": "archived",
                    "stage_closed": stage,
                    "date_closed": company._kam_today(),
                    **values,
                }
            )
