"""Key-account treatment: given by a tier, withdrawn for poor contract performance."""

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class KamAccount(models.Model):
    _inherit = "kam.account"

    def _assign_tier(self, tier, reasons, proposals=None):
        """Move the accounts to a tier, keep history and tell the followers.

        :param tier: ``kam.tier`` record, empty for ordinary customers
        :param dict reasons: reason in words by account id
        :param proposals: ``kam.tier.proposal`` records that led to the move
        """
        accounts = self.sudo()
        by_account = {p.account_id.id: p for p in proposals or ()}
        explanations = accounts._measure_explanation()
        now = fields.Datetime.now()
        self.env["kam.tier.history"].sudo().create(
            [
                {
                    "account_id": account.id,
                    "date": now,
                    "tier_from_id": account.tier_id.id,
                    "tier_to_id": tier.id,
                    "user_id": self.env.uid,
                    "reason": reasons.get(account.id),
                    "proposal_id": by_account[account.id].id if by_account else False,
                    "score": account.score,
                    "revenue_12m": account.revenue_12m,
                    "orders_per_month": account.orders_per_month,
                    "reasons": explanations[account.id],
                }
                for account in accounts
            ]
        )
        ordinary = self.env._("Ordinary customer")
        bodies = {
            account.id: Markup("%s → <b>%s</b><br/>%s")
            % (
                account.tier_id.name or ordinary,
                tier.name or ordinary,
                reasons.get(account.id) or "",
            )
            for account in accounts
        }
        for company, theirs in accounts.grouped("company_id").items():
            theirs.write({"tier_id": tier.id, "tier_date": company._kam_today()})
        accounts._message_log_batch(bodies)

    # ------------------------------------------------------------
    # Poor contract performance (G2)
    # ------------------------------------------------------------

    @api.model
    def _withdraw_treatment(self, company):
        """Make key accounts that do not honour their obligations ordinary customers.

        At once, without an approval: only an approved request brings the treatment
        back. The people in charge are told, without figures.

        :return: the accounts
        """
        self.env.invalidate_all()
        day = company._kam_today()
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM kam_account a WHERE company_id = %s "
                "AND tier_id IS NOT NULL AND %s",
                company.id,
                company._kam_withheld_sql("a", day),
            )
        )
        accounts = self.browse(id_ for (id_,) in rows)
        if not accounts:
            return accounts
        reason = self.env._("Contract performance below the minimum")
        accounts._assign_tier(self.env["kam.tier"], dict.fromkeys(accounts.ids, reason))
        accounts.write({"performance_hold_date": day, "is_potential": False})
        accounts.proposal_ids._withdraw()
        accounts._tell(
            lambda account: account.manager_id | account.team_id.user_id,
            lambda env: env._(
                "Key-account treatment withdrawn: %(reason)s",
                reason=env._("Contract performance below the minimum"),
            ),
        )
        self.env.flush_all()
        return accounts

    def _is_withheld(self):
        """Whether the rules on contract performance rule out any tier."""
        self.ensure_one()
        self.flush_recordset()
        company = self.company_id.sudo()
        withheld = company._kam_withheld_sql("a", company._kam_today())
        [(result,)] = self.env.execute_query(
            SQL("SELECT %s FROM kam_account a WHERE id = %s", withheld, self.id)
        )
        return result

    def _restore_treatment(self, grace_date):
        """Bring the treatment of accounts back, after an approved request.

        They return to the tier that they lost; until the day given, poor performance
        does not withdraw it again.
        """
        for tier, accounts in self.grouped(lambda a: a._lost_tier()).items():
            accounts.write(
                {"performance_hold_date": False, "performance_grace_date": grace_date}
            )
            if tier:
                reason = self.env._("Key-account treatment restored")
                accounts._assign_tier(tier, dict.fromkeys(accounts.ids, reason))
            accounts._classify()

    def _lost_tier(self):
        """Tier that was withdrawn for poor performance."""
        self.ensure_one()
        tier = self.sudo().history_ids[:1].tier_from_id
        return tier if self.sudo().performance_hold_date else tier.browse()

    def _tell(self, users_of, summary, activity_type="mail.mail_activity_data_todo"):
        """Give activities on the accounts, due today, in one batch.

        :param users_of: function from an account to the ``res.users`` to tell
        :param summary: function from an environment, in the language of the user who
            is told, to the text
        :param str activity_type: external id of the type
        """
        self.env["mail.activity"]._kam_create(
            activity_type,
            (
                {
                    "res_model": self._name,
                    "res_id": account.id,
                    "summary": summary(account.with_context(lang=user.lang).env),
                    "user_id": user.id,
                    "date_deadline": account.company_id._kam_today(),
                }
                for account in self
                for user in users_of(account)
                if user.active
            ),
        )

    def action_request_restoration(self):
        """Start a request to bring the treatment back."""
        self.ensure_one()
        if not self.performance_hold_date:
            raise UserError(self.env._("No treatment was withdrawn."))
        return self._action_credit_request("restore")
