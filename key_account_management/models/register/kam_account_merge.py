"""Accounts of customers that are merged, or that become part of another customer."""

from odoo import models

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

    Part of ``kam.account``. A later capability extends ``_drop_doubles`` where both
    accounts may have something that only one may keep.
    """

    _name = "kam.account.merge"
    _description = "Key Account"

    def _absorb_into(self, partner):
        """Hand one account over to another customer, history and all.

        When that customer has an account in the company already, it keeps its own
        tier and people, and takes over what hangs on this one.
        """
        self.ensure_one()
        other = self.with_context(active_test=False).search(
            [("partner_id", "=", partner.id), ("company_id", "=", self.company_id.id)]
        )
        if not other:
            self.partner_id = partner
            return
        merge = self.env["base.partner.merge.automatic.wizard"]
        self._drop_doubles(other)
        other.write(self._values_missing_in(other))
        self.env.flush_all()
        merge._update_foreign_keys_generic(self._name, self, other)
        merge._update_reference_fields_generic(self._name, self, other)
        self.env.invalidate_all()
        other._recompute_related()
        self.unlink()

    def _drop_doubles(self, other):
        """Remove what both accounts have, and one account may have once only.

        The merge would delete all such rows of this account if one of them collides.
        """
        present = {member._key() for member in other.member_ids}
        double = self.member_ids.filtered(lambda m: m._key() in present)
        double.with_context(tracking_disable=True).unlink()  # nobody leaves
        self.proposal_ids._withdraw_undecided()
        dates = other.snapshot_ids.mapped("date")
        self.snapshot_ids.filtered(lambda s: s.date in dates).unlink()
        self.message_unsubscribe(other.message_partner_ids.ids)

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
