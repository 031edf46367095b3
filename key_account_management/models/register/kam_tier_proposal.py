from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, split_every

from .kam_rule_proposal_mixin import BATCH


class KamTierProposal(models.Model):
    """A difference between the tier of an account and the one it should be in.

    Proposed by the refresh, or by a person with a reason. The figures and limits of
    the moment are frozen in ``reasons``; a key-account manager decides.
    """

    _name = "kam.tier.proposal"
    _inherit = ["kam.rule.proposal.mixin"]
    _description = "Key Account Tier Proposal"
    _order = "revenue_12m desc, id"
    _allow_sudo_commands = False
    _account_field = "tier_id"
    _account_computed_field = "tier_computed_id"
    _from_field = "tier_from_id"
    _to_field = "tier_to_id"

    account_id = fields.Many2one(
        "kam.account", required=True, index=True, ondelete="restrict", readonly=True
    )
    partner_id = fields.Many2one(related="account_id.partner_id", string="Customer")
    company_id = fields.Many2one(
        "res.company", required=True, index=True, readonly=True, ondelete="restrict"
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

    _pending_uniq = models.UniqueIndex(
        "(account_id) WHERE approval_state IN ('draft', 'pending', 'returned') "
        "AND active",
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
    def _eligible_sql(self, company):
        return SQL("NOT %s", company._kam_protected_sql("a"))

    @api.model
    def _create_called_for(self, company, condition):
        return self._insert_proposals(
            company, condition, tier_to=SQL("a.tier_computed_id"), origin="rule"
        )

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
        proposal._approval_submit(self.env.user)
        account.invalidate_recordset(["pending_proposal_id", "proposal_ids"])
        return proposal

    @api.model
    def _insert_proposals(self, company, condition, tier_to, origin, reason=None):
        """Insert drafts of proposals, with their reasons frozen.

        :param SQL condition: of the accounts (alias ``a``)
        :return: the proposals
        """
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO kam_tier_proposal (
                    account_id, company_id, tier_from_id, tier_to_id, movement,
                    origin, active, date, user_id, reason, score, revenue_12m,
                    orders_per_month, growth_rate, reasons, approval_state,
                    approval_round, create_uid, write_uid, create_date, write_date)
                SELECT a.id, a.company_id, a.tier_id, %(tier_to)s, %(movement)s,
                    %(origin)s, TRUE, %(now)s, %(user)s, %(reason)s, a.score,
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
        return self.browse(id_ for (id_,) in rows)

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

    def _approval_team(self):
        return self.account_id.team_id

    def _approval_responsible(self):
        return self.account_id.manager_id

    def _approval_done(self):
        """Move the accounts to the proposed tiers, one or thousands at once."""
        for tier, proposals in self.grouped("tier_to_id").items():
            for batch in split_every(BATCH, proposals.ids, proposals.browse):
                batch.account_id._assign_tier(
                    tier,
                    {p.account_id.id: p._reason_in_words() for p in batch},
                    batch,
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
