"""Accounts of customers that are merged, or that become part of another customer."""

from odoo import api, models
from odoo.exceptions import AccessError

from .kam_rule_proposal_mixin import UNDECIDED

# Entered by people: the account that stays takes over what it has not itself.
ENTERED = (
    "manager_id",
    "team_id",
    "influence",
    "strategic_fit",
    "size_manual",
    "cooperation_manual",
)


class KamAccountMerge(models.AbstractModel):
    """How one account takes over what hangs on another.

    Part of ``kam.account``. Of what was decided, the stricter wins; what is under way
    moves along. A later capability extends ``_take_over`` for what it decides,
    ``_drop_doubles`` where both accounts may have something that only one may keep,
    ``_hand_terms_to`` for what stands on the customer itself, and ``_settle_merge`` for
    what follows from all that the account has now. Who comes near an account by that is
    for whoever leads its territory: ``_check_may_join`` is called where people make one
    customer of several.
    """

    _name = "kam.account.merge"
    _description = "Key Account"

    # ------------------------------------------------------------
    # Who may make one account of several
    # ------------------------------------------------------------

    def _check_may_join(self, customer=None):
        """Check that nobody gets the accounts of others by making one customer of two.

        What becomes one account has one account manager, territory and team. Where
        they differ, it is for whoever leads the territories. Asked whenever customers
        become one, since the refresh joins their accounts for nobody in particular.

        :param customer: ``res.partner`` record that those of the accounts become part
            of; the ones whom they belong to now if not given
        :raise AccessError: the user does not lead the territories
        """
        if self.env.su or not self:
            return
        accounts = self.sudo().with_context(active_test=False)
        customers = customer or accounts.partner_id.commercial_partner_id
        accounts |= accounts.search(
            [
                ("partner_id.commercial_partner_id", "in", customers.ids),
                ("company_id", "in", accounts.company_id.ids),
            ]
        )
        for joined in accounts.grouped(
            lambda a: (a.company_id, customer or a.partner_id.commercial_partner_id)
        ).values():
            kept = joined.filtered(lambda a: any(a._people()) or a._is_on_record())
            if len({account._people() for account in kept}) > 1:
                kept.sudo(False)._check_leads_joined()

    def _check_leads_joined(self):
        """:raise AccessError: the user does not lead the territories of the accounts"""
        teams = self.sudo().grouped("team_id")
        if all(self.env.user._kam_leads(team) for team in teams):
            return
        raise AccessError(
            self.env._(
                "%(customers)s have different account managers, account teams or "
                "territories. Only somebody who leads all of these territories, or a "
                "key-account manager, can make them one customer.",
                customers=", ".join(self.sudo().partner_id.mapped("name")),
            )
        )

    def _people(self):
        """Who looks after an account, and where, to be compared."""
        self.ensure_one()
        return self.manager_id, self.team_id, self.member_ids.user_id.sorted("id")

    # ------------------------------------------------------------
    # Joining
    # ------------------------------------------------------------

    def _absorb_into(self, partner):
        """Hand one account over to another customer, history and all.

        When that customer has an account in the company already, it keeps its own
        people and, unless the other one is stricter, what was decided on it; and it
        takes over what hangs on this one.

        :raise LockError: somebody is deciding on a document of the accounts
        """
        self.ensure_one()
        other = self.with_context(active_test=False).search(
            [("partner_id", "=", partner.id), ("company_id", "=", self.company_id.id)]
        )
        under_way = self._lock_for_merge(other)
        if not other:
            self._hand_terms_to(partner)
            self.partner_id = partner
            self._settle_merge()
            for documents in under_way:
                documents._approval_moved()
            self.env.flush_all()  # SQL goes on from here
            return
        if other.parent_account_id == self:
            other.parent_account_id = self.parent_account_id
        other.write(self._values_missing_in(other))
        other._take_over(self)
        other._keep_history_straight(self)
        self._drop_doubles(other)
        self._move_records_to(other)
        self.write(dict.fromkeys(self._decided_fields(), False))  # nothing is left
        self.unlink()
        other._settle_merge()
        for documents in under_way:
            documents._approval_moved()
        self.env.flush_all()

    def _lock_for_merge(self, other):
        """Keep others from deciding on documents of the accounts meanwhile.

        :return: list of the documents under way of this account, by model
        :raise LockError: somebody is deciding on one just now
        """
        under_way = []
        for model in self.env["kam.approval.step"]._approved_models():
            documents = self.env[model].sudo().with_context(active_test=False)
            field = documents._fields.get("account_id")
            if field and field.store and field.comodel_name == self._name:
                documents = documents.search(
                    [
                        ("account_id", "in", (self | other).ids),
                        ("approval_state", "in", UNDECIDED),
                    ]
                )
                documents._approval_lock()
                under_way.append(documents.filtered(lambda d: d.account_id == self))
        return under_way

    def _move_records_to(self, other):
        """Point all that points here to another account, in SQL."""
        merge = self.env["base.partner.merge.automatic.wizard"]
        merge = merge.with_context(active_test=False)  # closed activities, too
        self.env.flush_all()
        merge._update_foreign_keys_generic(self._name, self, other)
        merge._update_reference_fields_generic(self._name, self, other)
        self.env.invalidate_all()
        other._recompute_related()

    # ------------------------------------------------------------
    # What was decided
    # ------------------------------------------------------------

    def _take_over(self, account):
        """Take over what was decided on another account and holds here as well.

        :param account: the account that goes
        """
        self.ensure_one()
        self._message_log(body=self._merge_note(account))
        if account.tier_id and not self.tier_id and self._may_take_tier():
            note = self._merge_note(account)
            self._assign_tier(account.tier_id, {self.id: note})
            self.tier_date = account.tier_date

    def _may_take_tier(self):
        """Whether nothing forbids a tier that another account brings along."""
        self.ensure_one()
        return True

    def _keep_history_straight(self, account):
        """Let the joint history of two accounts end with the tier that holds."""
        last = (self.history_ids | account.history_ids).sorted()[:1]
        if last.tier_to_id != self.tier_id:
            reasons = {self.id: self._merge_note(account)}
            self._keep_history(last.tier_to_id, self.tier_id, reasons)

    def _merge_note(self, account):
        return self.env._(
            "%(customer)s was merged into this customer.",
            customer=account.partner_id.name,
        )

    def _hand_terms_to(self, partner):
        """Hook for what an account means to its customer: it follows the account."""

    def _settle_merge(self):
        """Hook for what follows from all that the account has after a merge."""

    # ------------------------------------------------------------
    # What hangs on an account
    # ------------------------------------------------------------

    def _drop_doubles(self, other):
        """Remove what both accounts have, and one account may have once only.

        The merge would delete all such rows of this account if one of them collides.
        Of documents under way, that of the other account stays.
        """
        present = {member._key() for member in other.member_ids}
        double = self.member_ids.filtered(lambda m: m._key() in present)
        double.with_context(tracking_disable=True).unlink()  # nobody leaves
        if other._proposals_under_way():
            self._withdraw_doubles(self._proposals_under_way(), other)
        dates = other.snapshot_ids.mapped("date")
        self.snapshot_ids.filtered(lambda s: s.date in dates).unlink()
        self.message_unsubscribe(other.message_partner_ids.ids)

    def _proposals_under_way(self):
        return self.env["kam.tier.proposal"].search(
            [("account_id", "in", self.ids), ("approval_state", "in", UNDECIDED)]
        )

    @api.model
    def _withdraw_doubles(self, documents, other):
        """Withdraw documents for which another account has one under way."""
        documents._withdraw_undecided(self._double_note(other))

    @api.model
    def _double_note(self, other):
        return self.env._(
            "Withdrawn: the customer was merged with %(customer)s, for whom such a "
            "document is under way.",
            customer=other.partner_id.name,
        )

    def _values_missing_in(self, other):
        """What has been entered here and not in another account."""
        values = {
            fname: self._fields[fname].convert_to_write(self[fname], self)
            for fname in ENTERED
            if self[fname] and not other[fname]
        }
        if self.note:
            values["note"] = (other.note or "") + self.note
        return values

    def _recompute_related(self):
        """Bring copies of values of this account up to date, after a merge in SQL."""
        for name, Model in self.env.registry.items():
            if Model._abstract or Model._transient or not Model._auto:
                continue
            records = self.env[name].sudo().with_context(active_test=False)
            for field in Model._fields.values():
                link = Model._fields.get((field.related or "").partition(".")[0])
                if field.store and link and link.comodel_name == self._name:
                    linked = records.search([(link.name, "=", self.id)])
                    self.env.add_to_compute(field, linked)
