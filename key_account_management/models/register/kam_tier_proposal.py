from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, split_every

# Decisions are written in slices of this size, to bound the memory they take.
BATCH = 1000


class KamTierProposal(models.Model):
    """A difference between the tier of an account and the one it should be in.

    Proposed by the refresh, or by a person with a reason. The figures and limits of
    the moment are frozen in ``reasons``; a key-account manager applies or rejects.
    """

    _name = "kam.tier.proposal"
    _inherit = ["kam.approval.mixin"]
    _description = "Key Account Tier Proposal"
    _order = "state, revenue_12m desc, id"
    _allow_sudo_commands = False

    account_id = fields.Many2one(
        "kam.account", required=True, index=True, ondelete="cascade", readonly=True
    )
    partner_id = fields.Many2one(related="account_id.partner_id", string="Customer")
    company_id = fields.Many2one(
        "res.company", required=True, index=True, readonly=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    manager_id = fields.Many2one(related="account_id.manager_id")
    tier_from_id = fields.Many2one(
        "kam.tier", string="Current Tier", readonly=True, ondelete="restrict"
    )
    tier_to_id = fields.Many2one(
        "kam.tier", string="Proposed Tier", readonly=True, ondelete="restrict"
    )
    movement = fields.Selection(
        [
            ("entry", "Becomes key account"),
            ("promotion", "Promotion"),
            ("demotion", "Demotion"),
            ("exit", "Becomes ordinary customer"),
        ],
        readonly=True,
    )
    origin = fields.Selection(
        [("rule", "Rules"), ("manual", "By hand")], required=True, readonly=True
    )
    state = fields.Selection(
        [
            ("pending", "To decide"),
            ("applied", "Applied"),
            ("rejected", "Rejected"),
            ("withdrawn", "Withdrawn"),
        ],
        required=True,
        readonly=True,
        default="pending",
        index=True,
        help="Withdrawn: the figures no longer call for the move.",
    )
    date = fields.Datetime(string="Proposed on", required=True, readonly=True)
    user_id = fields.Many2one(
        "res.users", string="Proposed by", readonly=True, ondelete="restrict"
    )
    reason = fields.Text(readonly=True)
    score = fields.Float(digits=(5, 2), readonly=True, aggregator="avg")
    revenue_12m = fields.Monetary(string="Revenue", readonly=True)
    orders_per_month = fields.Float(digits=(16, 2), readonly=True, aggregator="avg")
    growth_rate = fields.Float(
        string="Growth", digits=(16, 4), readonly=True, aggregator="avg"
    )
    reasons = fields.Json(readonly=True)
    explanation = fields.Json(compute="_compute_explanation")
    decision_user_id = fields.Many2one(
        "res.users", string="Decided by", readonly=True, ondelete="restrict"
    )
    decision_date = fields.Datetime(string="Decided on", readonly=True)
    decision_comment = fields.Text(readonly=True)

    _pending_uniq = models.UniqueIndex(
        "(account_id) WHERE state = 'pending'",
        "A proposal for this account is waiting for a decision already.",
    )

    # ------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------

    @api.depends("account_id", "tier_to_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        ordinary = self.env._("Ordinary customer")
        for proposal in self:
            proposal.display_name = (
                f"{proposal.account_id.display_name}: "
                f"{proposal.tier_from_id.name or ordinary} → "
                f"{proposal.tier_to_id.name or ordinary}"
            )

    @api.depends("reasons")
    @api.depends_context("lang")
    def _compute_explanation(self):
        self.env["kam.account"]._present_reasons(self)

    # ------------------------------------------------------------
    # Proposing
    # ------------------------------------------------------------

    @api.model
    def _synchronize(self, company, accounts=None):
        """Bring the pending proposals of a company in line with the computed tiers.

        Withdraws what the figures no longer call for, and proposes what they do,
        unless the same move was rejected within the silence that the company set.

        :param accounts: only these ``kam.account`` records
        :return: number of new proposals
        """
        self.flush_model()
        scope = SQL("a.company_id = %s", company.id)
        if accounts is not None:
            scope = SQL("%s AND a.id = ANY(%s)", scope, accounts.ids)
        withdrawn = self.env.execute_query(
            SQL(
                """
                UPDATE kam_tier_proposal p SET state = 'withdrawn'
                FROM kam_account a
                WHERE a.id = p.account_id AND %s
                    AND p.state = 'pending' AND p.origin = 'rule'
                    AND (a.active IS NOT TRUE
                        OR a.tier_id IS DISTINCT FROM p.tier_from_id
                        OR a.tier_computed_id IS DISTINCT FROM p.tier_to_id)
                RETURNING p.id
                """,
                scope,
            )
        )
        self.invalidate_model()
        self.browse(id_ for (id_,) in withdrawn)._approval_withdraw()
        silence = company.kam_proposal_silence
        proposals = self._insert_proposals(
            company,
            SQL(
                """
                %(scope)s AND a.active
                AND a.tier_computed_id IS DISTINCT FROM a.tier_id
                AND NOT %(protected)s
                AND NOT EXISTS (
                    SELECT FROM kam_tier_proposal p
                    WHERE p.account_id = a.id AND (p.state = 'pending'
                        OR p.state = 'rejected'
                            AND p.tier_from_id IS NOT DISTINCT FROM a.tier_id
                            AND p.tier_to_id IS NOT DISTINCT FROM a.tier_computed_id
                            AND p.decision_date > %(now)s - %(silence)s))
                """,
                scope=scope,
                protected=company._kam_protected_sql("a"),
                now=fields.Datetime.now(),
                silence=SQL("make_interval(months => %s)", silence),
            ),
            tier_to=SQL("a.tier_computed_id"),
            origin="rule",
        )
        return len(proposals)

    @api.model
    def _propose(self, account, tier, reason):
        """Propose a move by hand.

        :return: the proposal
        :raise UserError: another proposal is pending, or nothing would change
        """
        account.ensure_one()
        account._check_tier(tier)
        if account.pending_proposal_id:
            raise UserError(
                self.env._(
                    "A proposal for this account is waiting for a decision already."
                )
            )
        self.env.flush_all()
        proposal = self._insert_proposals(
            account.company_id,
            SQL("a.id = %s", account.id),
            tier_to=SQL("%s::int4", tier.id or None),
            origin="manual",
            reason=reason,
        )
        account.invalidate_recordset(["pending_proposal_id", "proposal_ids"])
        return proposal

    @api.model
    def _insert_proposals(self, company, condition, tier_to, origin, reason=None):
        """Insert proposals, with their reasons frozen, and submit them.

        :param SQL condition: of the accounts (alias ``a``)
        :return: the proposals
        """
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO kam_tier_proposal (
                    account_id, company_id, tier_from_id, tier_to_id, movement,
                    origin, state, date, user_id, reason, score, revenue_12m,
                    orders_per_month, growth_rate, reasons, approval_state,
                    approval_round, create_uid, write_uid, create_date, write_date)
                SELECT a.id, a.company_id, a.tier_id, %(tier_to)s, %(movement)s,
                    %(origin)s, 'pending', %(now)s, %(user)s, %(reason)s, a.score,
                    a.revenue_12m, a.orders_per_month, a.growth_rate, %(reasons)s,
                    'draft', 0, %(uid)s, %(uid)s, %(now)s, %(now)s
                FROM kam_account a
                LEFT JOIN kam_tier tier_from ON tier_from.id = a.tier_id
                LEFT JOIN kam_tier tier_to ON tier_to.id = %(tier_to)s
                WHERE %(condition)s
                ORDER BY a.revenue_rank
                ON CONFLICT DO NOTHING
                RETURNING id
                """,
                tier_to=tier_to,
                movement=self._movement_sql("tier_from", "tier_to"),
                origin=origin,
                now=fields.Datetime.now(),
                user=self.env.uid if origin == "manual" else None,
                uid=self.env.uid,
                reason=reason,
                reasons=company.sudo()._kam_explanation_sql("a"),
                condition=condition,
            )
        )
        self.invalidate_model()
        proposals = self.browse(id_ for (id_,) in rows)
        applicant = self.env.user if origin == "manual" else self.env["res.users"]
        proposals._approval_submit(applicant)
        return proposals

    @api.model
    def _movement_sql(self, tier_from, tier_to):
        """Movement between two tiers, given the SQL aliases of their rows."""
        return SQL(
            """
            CASE WHEN %(from)s.id IS NOT DISTINCT FROM %(to)s.id THEN NULL
                WHEN %(from)s.id IS NULL THEN 'entry'
                WHEN %(to)s.id IS NULL THEN 'exit'
                WHEN (%(to)s.sequence, %(to)s.id) < (%(from)s.sequence, %(from)s.id)
                THEN 'promotion' ELSE 'demotion' END
            """,
            **{"from": SQL.identifier(tier_from), "to": SQL.identifier(tier_to)},
        )

    # ------------------------------------------------------------
    # Deciding
    # ------------------------------------------------------------

    def _approval_check(self):
        if self.filtered(lambda p: p.state != "pending"):
            raise UserError(self.env._("This proposal is closed."))

    def _approval_team(self):
        return self.account_id.team_id

    def _approval_done(self):
        """Move the accounts to the proposed tiers, one or thousands at once."""
        self._close("applied")
        for tier, proposals in self.grouped("tier_to_id").items():
            for batch in split_every(BATCH, proposals.ids, proposals.browse):
                batch.account_id._assign_tier(
                    tier,
                    {p.account_id.id: p._reason_in_words() for p in batch},
                    batch,
                )

    def _approval_refused(self, comment):
        """Leave the accounts where they are. The same move is not proposed again
        before the silence set for the company is over.
        """
        self._close("rejected", comment)

    def _withdraw(self):
        """Close pending proposals without a decision."""
        pending = self.filtered(lambda p: p.state == "pending")
        pending.write({"state": "withdrawn"})
        pending._approval_withdraw()

    def _close(self, state, comment=None):
        self.write(
            {
                "state": state,
                "decision_user_id": self.env.uid,
                "decision_date": fields.Datetime.now(),
                "decision_comment": comment,
            }
        )

    def action_view_account(self):
        return self.account_id._action_open()

    def _reason_in_words(self):
        self.ensure_one()
        if self.reason:
            return self.reason
        return self.env._(
            "Score %(score)s, revenue %(revenue)s, %(orders)s orders a month.",
            score=f"{self.score:g}",
            revenue=self.currency_id.format(self.revenue_12m),
            orders=f"{self.orders_per_month:g}",
        )
