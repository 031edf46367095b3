"""What we know about a person behind the contact: personal data (C3)."""

from odoo import api, fields, models
from odoo.exceptions import AccessError

TEXTS = (
    "position_history",
    "character",
    "pressures",
    "interests",
    "family",
    "note",
)


class KamPartnerProfile(models.Model):
    """Personal profile of a contact, for the people who work for the account.

    Plain text without chatter, tracking or attachments, and without any field on
    contacts or accounts that leads here: what is erased must be gone.
    """

    _name = "kam.partner.profile"
    _inherit = ["kam.guard.mixin", "kam.access.mixin"]
    _description = "Personal Profile of a Contact"
    _access_parents = ("account_id",)
    _rec_name = "partner_id"

    partner_id = fields.Many2one(
        "res.partner",
        string="Contact",
        required=True,
        index=True,
        ondelete="cascade",
        domain="[('is_company', '=', False)]",
    )
    account_id = fields.Many2one(
        "kam.account",
        required=True,
        index=True,
        readonly=True,
        copy=False,
        ondelete="restrict",
        help="The team of this account can read the profile.",
    )
    company_id = fields.Many2one(related="account_id.company_id", store=True)
    position_history = fields.Text(help="Career and requirements of the position.")
    character = fields.Text(help="How this person decides and deals with others.")
    pressures = fields.Text(help="Targets and expectations this person has to meet.")
    interests = fields.Text()
    family = fields.Text()
    note = fields.Text(string="Notes")
    can_erase = fields.Boolean(compute="_compute_can_erase")

    _partner_uniq = models.Constraint(
        "UNIQUE (partner_id, account_id)", "This contact already has a profile."
    )

    # ------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------

    @api.depends("account_id")
    @api.depends_context("uid")
    def _compute_can_erase(self):
        for profile in self:
            profile.can_erase = profile._may_erase()

    # ------------------------------------------------------------
    # Constraints
    # ------------------------------------------------------------

    @api.constrains("partner_id", "account_id")
    def _check_account_id(self):
        for profile in self:
            profile.partner_id._kam_check_customer(profile.account_id.partner_id)

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        self._check_values(vals_list)
        people = self.env["res.partner"].browse(
            vals["partner_id"] for vals in vals_list if vals.get("partner_id")
        )
        accounts = {person.id: person.kam_account_id for person in people}
        for vals in vals_list:
            account = accounts.get(vals.get("partner_id"))
            if not vals.get("account_id") and account is not None and not account:
                raise AccessError(
                    self.env._("You do not work for the customer of this contact.")
                )
            if not vals.get("account_id") and account:
                vals["account_id"] = account.id
        return super().create(vals_list)

    def write(self, vals):
        fixed = ("partner_id", "account_id")
        if not self.env.su and self._changed_fields(vals, fixed):
            raise AccessError(self.env._("The contact of a profile cannot be changed."))
        return super().write(vals)

    def unlink(self):
        result = super().unlink()
        self.sudo()._sweep_traces()
        return result

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_erase(self):
        """Delete the profiles for good, and note on the accounts only that it was done.

        The birthdays of the contacts go along.

        :raise AccessError: neither account manager nor supervisor
        """
        self.check_access("write")
        if not all(profile._may_erase() for profile in self):
            raise AccessError(
                self.env._(
                    "Only the account manager or the supervisor can erase personal "
                    "data."
                )
            )
        accounts = self.account_id
        contact = self.partner_id[:1]
        occasions = self.env["kam.occasion"].sudo().with_context(active_test=False)
        birthdays = occasions.search(
            [
                ("kind", "=", "birthday"),
                ("partner_id", "in", self.partner_id.ids),
                ("account_id", "in", accounts.ids),
            ]
        )
        birthdays.turn_ids.unlink()
        birthdays.unlink()
        self.sudo().unlink()
        body = self.env._("Personal data of a contact was erased.")
        accounts._message_log_batch(dict.fromkeys(accounts.ids, body))
        return self.env["ir.actions.actions"]._kam_form(contact)

    # ------------------------------------------------------------
    # Business
    # ------------------------------------------------------------

    def _may_erase(self):
        """Whether the user manages the account, or leads its territory."""
        self.ensure_one()
        account = self.account_id.sudo()
        user = self.env.user
        leads = user in account.team_id.kam_leader_ids and user.has_group(
            "key_account_management.group_kam_supervisor"
        )
        return leads or user == account.manager_id

    def _merge_profiles_into(self, kept, fname):
        """Add these profiles, of records to be merged, to those of the target.

        :param kept: profiles of the target
        :param str fname: what else must be the same for two profiles to be joined
        """
        kept = {profile[fname]: profile for profile in kept}
        for profile in self:
            other = kept.setdefault(profile[fname], profile)
            if other == profile:
                continue
            for text in TEXTS:
                parts = filter(None, (other[text], profile[text]))
                other[text] = "\n".join(dict.fromkeys(parts)) or False
            profile.unlink()

    def _sweep_traces(self):
        """Remove what others have put on the profiles by other means.

        The deletion itself takes attachments and external ids along.
        """
        for model, fname in (("mail.message", "model"), ("mail.activity", "res_model")):
            self.env[model].with_context(active_test=False).search(
                [(fname, "=", self._name), ("res_id", "in", self.ids)]
            ).unlink()
