from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, split_every

from ..base.batches import run_or_each

UNDECIDED = ("draft", "pending", "returned")
# Documents are created and submitted in slices of this size, to bound the memory.
BATCH = 1000


class KamRuleProposalMixin(models.AbstractModel):
    """Documents that move an account to another class: a tier, a credit grade.

    People make them, and so do the rules of the company (:meth:`_synchronize`), where
    the class that the figures call for is another than the present one. A document
    that is not wanted any more is withdrawn: archived, without a decision.

    A document gives ``account_id``, ``company_id``, and the fields named below.
    """

    _name = "kam.rule.proposal.mixin"
    _inherit = ["kam.approval.mixin"]
    _description = "Proposal of the Rules"
    # Fields of the account: its class, and the class that the figures call for
    _account_field = None
    _account_computed_field = None
    # Fields of the document: the class at present, and the class proposed
    _from_field = None
    _to_field = None

    active = fields.Boolean(
        default=True, copy=False, help="Not active: withdrawn without a decision."
    )
    origin = fields.Selection(
        [("rule", "Rules"), ("manual", "By hand")],
        required=True,
        readonly=True,
        copy=False,
        default="manual",
    )

    # ------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------

    @api.depends("active")
    def _compute_is_open(self):
        """What was withdrawn is not taken up again."""
        result = super()._compute_is_open()
        for proposal in self:
            proposal.is_open = proposal.is_open and proposal.active
        return result

    # ------------------------------------------------------------
    # What the rules call for
    # ------------------------------------------------------------

    @api.model
    def _synchronize(self, company, accounts=None):
        """Bring the documents of a company in line with what its rules call for.

        Withdraws what the figures do not call for any more, and what concerns archived
        customers, unless somebody has decided a step of it. Proposes what they do call
        for, unless a document is under way, or the same move was refused within the
        silence that the company set.

        :param accounts: only these ``kam.account`` records
        :return: number of new documents
        """
        self.env.flush_all()
        scope = SQL("a.company_id = %s", company.id)
        if accounts is not None:
            scope = SQL("%s AND a.id = ANY(%s)", scope, accounts.ids)
        run_or_each(
            self._search_outdated(scope),
            lambda proposals: proposals._withdraw_undecided(),
            lambda env: env._("withdrawing proposals of the rules"),
        )
        self.env.flush_all()
        proposals = self._create_called_for(
            company, self._called_for_sql(company, scope)
        )
        for batch in split_every(BATCH, proposals.ids, proposals.browse):
            failed = run_or_each(
                batch,
                lambda proposals: proposals._approval_submit(self.env["res.users"]),
                lambda env: env._("submitting proposals of the rules"),
            )
            failed.unlink()  # a draft would keep the rules from proposing again
            proposals -= failed
        return len(proposals)

    @api.model
    def _search_outdated(self, scope):
        """Undecided documents of the rules that are not called for any more.

        A step that somebody has decided is not undone by archiving the customer.

        :param SQL scope: condition on the accounts (alias ``a``)
        :return: the documents
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT p.id FROM %(table)s p
                JOIN kam_account a ON a.id = p.account_id
                WHERE %(scope)s AND %(undecided)s AND p.origin = 'rule'
                    AND (a.active IS NOT TRUE OR NOT (%(same)s))
                    AND NOT EXISTS (
                        SELECT FROM kam_approval v
                        WHERE v.res_model = %(model)s AND v.res_id = p.id
                            AND v.decided_by_id IS NOT NULL)
                """,
                table=SQL.identifier(self._table),
                model=self._name,
                scope=scope,
                undecided=self._undecided_sql("p"),
                same=self._same_move_sql("p"),
            )
        )
        return self.browse(id_ for (id_,) in rows)

    @api.model
    def _called_for_sql(self, company, scope):
        """Condition on the accounts (alias ``a``) that a document is missing of."""
        return SQL(
            """
            %(scope)s AND a.active AND %(computed)s IS DISTINCT FROM %(current)s
            AND %(eligible)s
            AND NOT EXISTS (
                SELECT FROM %(table)s p WHERE p.account_id = a.id AND (%(undecided)s
                    OR p.approval_state = 'refused' AND %(same)s AND EXISTS (
                        SELECT FROM kam_approval v
                        WHERE v.res_model = %(model)s AND v.res_id = p.id
                            AND v.state = 'refused'
                            AND v.decision_date + %(silence)s > %(now)s)))
            """,
            table=SQL.identifier(self._table),
            model=self._name,
            scope=scope,
            computed=SQL.identifier("a", self._account_computed_field),
            current=SQL.identifier("a", self._account_field),
            eligible=self._eligible_sql(company),
            undecided=self._undecided_sql("p"),
            same=self._same_move_sql("p"),
            now=fields.Datetime.now(),
            silence=SQL("make_interval(months => %s)", company.kam_proposal_silence),
        )

    @api.model
    def _same_move_sql(self, alias):
        """Whether a document is about the move that the figures call for."""
        return SQL(
            "%s IS NOT DISTINCT FROM %s AND %s IS NOT DISTINCT FROM %s",
            SQL.identifier(alias, self._from_field),
            SQL.identifier("a", self._account_field),
            SQL.identifier(alias, self._to_field),
            SQL.identifier("a", self._account_computed_field),
        )

    @api.model
    def _undecided_sql(self, alias):
        """Whether a document is one of these proposals, and not decided yet."""
        return SQL(
            "(%s AND %s IN %s)",
            SQL.identifier(alias, "active"),
            SQL.identifier(alias, "approval_state"),
            UNDECIDED,
        )

    @api.model
    def _eligible_sql(self, company):
        """Further condition on the accounts (alias ``a``) that the rules move."""
        return SQL("TRUE")

    @api.model
    def _create_called_for(self, company, condition):
        """Create, as drafts, the documents that the rules call for.

        :param SQL condition: which accounts (alias ``a``)
        :return: the documents
        """
        raise NotImplementedError

    # ------------------------------------------------------------
    # Approval
    # ------------------------------------------------------------

    def _approval_check(self):
        if self.filtered(lambda proposal: not proposal.active):
            raise UserError(self.env._("This document was withdrawn."))
        return super()._approval_check()

    def _check_open(self):
        if not self.env.su and self.filtered(lambda proposal: not proposal.active):
            raise UserError(self.env._("This document was withdrawn."))
        return super()._check_open()

    @api.model
    def _approval_sources(self):
        """Whom the class is for, and the class that the account is moved from."""
        customer = "account_id.partner_id"
        return [
            *super()._approval_sources(),
            customer,
            f"{customer}.commercial_partner_id",
            f"account_id.{self._account_field}",
        ]

    def _approval_return_for(self, reason):
        """What nobody applied for is withdrawn: the rules propose it anew."""
        proposed = self.filtered(lambda proposal: not proposal.approval_applicant_id)
        proposed._withdraw_undecided(reason)
        if others := self - proposed:
            return super(KamRuleProposalMixin, others)._approval_return_for(reason)
        return None

    def _withdraw_undecided(self, note=None):
        """Archive the documents that wait for a decision, without one.

        :param str note: why, for their chatter
        """
        undecided = self.filtered(
            lambda proposal: proposal.active and proposal.approval_state in UNDECIDED
        )
        if undecided:
            undecided._approval_withdraw()
            undecided.sudo().write({"active": False})
        if note:
            undecided.sudo()._message_log_batch(dict.fromkeys(undecided.ids, note))
