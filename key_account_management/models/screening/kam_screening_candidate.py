"""Whom one may screen, once at a time, and who reviews it."""

from collections import defaultdict

from odoo import models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL


class KamScreeningCandidate(models.AbstractModel):
    """The candidate of a screening, and the people that follow from it (B1).

    A part of ``kam.screening``, which calls the checks when its ``partner_id``,
    ``lead_id``, ``company_id``, ``team_id`` or ``manager_id`` change. It reads these,
    ``account_id``, ``user_id`` and ``result``, and calls ``_approval_withdraw`` and
    ``_close_file``.
    """

    _name = "kam.screening.candidate"
    _description = "Key Account Screening"

    # ------------------------------------------------------------
    # Candidate
    # ------------------------------------------------------------

    def _check_candidate(self):
        """Not a constraint: the file outlives leads that are deleted or merged."""
        if not all(screening.partner_id or screening.lead_id for screening in self):
            raise ValidationError(
                self.env._("Choose the customer or the lead to screen.")
            )
        if self.env.su:
            return
        for screening in self:
            partner = screening.sudo().lead_id.partner_id.commercial_partner_id
            if partner and partner != screening.partner_id:
                raise ValidationError(
                    self.env._(
                        "The lead is about another customer: %(customer)s.",
                        customer=partner.display_name,
                    )
                )

    def _get_customer(self):
        """The customer, or else the one that the lead has by now."""
        screening = self.sudo()
        return (
            screening.partner_id or screening.lead_id.partner_id.commercial_partner_id
        )

    def _get_candidates(self):
        """What only one screening of a company may be about at a time."""
        self.ensure_one()
        known = filter(None, (self._get_customer(), self.sudo().lead_id))
        return [(self.company_id.id, candidate) for candidate in known]

    def _check_may_screen(self):
        """Customers are screened by those who manage them, their team and leaders.

        :raise AccessError: somebody else does
        """
        if self.env.su:
            return
        accounts = self.sudo().account_id
        for screening in self.sudo().filtered(lambda s: not s.partner_id):
            # Left out, as somebody else looks after this customer
            if customer := screening._get_customer():
                accounts |= screening._find_accounts(customer, screening.company_id)
        accounts.sudo(False)._check_screenable()

    def _check_one_under_way(self):
        """Not a constraint: CRM may give a lead the customer, or merge it.

        :raise ValidationError: another screening is under way
        """
        candidates = {
            screening: screening._get_candidates()
            for screening in self
            if screening.result == "open"
        }
        found = defaultdict(set)
        for screening, keys in candidates.items():
            for key in keys:
                found[key].add(screening.id)
        partners, leads = (
            {record.id for _company, record in found if record._name == model}
            for model in ("res.partner", "crm.lead")
        )
        self._touch_candidates(partners, leads)
        under_way = self.sudo().search(
            Domain("result", "=", "open")
            & Domain("company_id", "in", self.company_id.ids)
            & (Domain("partner_id", "in", partners) | Domain("lead_id", "in", leads))
        )
        for screening in under_way:
            for candidate in (screening.partner_id, screening.lead_id):
                found[screening.company_id.id, candidate].add(screening.id)
        for keys in candidates.values():
            for key in keys:
                if len(found[key]) > 1:
                    raise ValidationError(
                        self.env._(
                            "A screening of %(customer)s is already under way.",
                            customer=key[1].sudo().display_name,
                        )
                    )

    def _touch_candidates(self, partners, leads):
        """Of two that start a screening at the same time, let PostgreSQL refuse the
        second, which Odoo starts over."""
        for table, ids in (("res_partner", partners), ("crm_lead", leads)):
            if ids:
                self.env.cr.execute(
                    SQL(
                        "UPDATE %s SET write_date = write_date WHERE id = ANY(%s)",
                        SQL.identifier(table),
                        sorted(ids),
                    )
                )

    def _is_screened_elsewhere(self, customer):
        """Whether another screening of a customer is under way in the company."""
        return bool(
            self.sudo().search_count(
                [
                    ("result", "=", "open"),
                    ("partner_id", "=", customer.id),
                    ("company_id", "=", self.company_id.id),
                    ("id", "!=", self._origin.id),
                ],
                limit=1,
            )
        )

    def _is_of_others(self, customer):
        """Whether the responsible may not screen a customer."""
        account = self._find_accounts(customer, self.company_id)
        user = self.sudo().user_id
        return bool(account and user) and not (
            account.with_user(user)
            .with_context(allowed_company_ids=[])
            ._filter_screenable()
        )

    def _find_accounts(self, customers, companies):
        """Accounts of customers, archived ones too, in superuser mode."""
        return (
            self.env["kam.account"]
            .sudo()
            .with_context(active_test=False)
            .search(
                [
                    ("partner_id", "in", customers.ids),
                    ("company_id", "in", companies.ids),
                ]
            )
        )

    def _close_doubles(self):
        """Of open screenings that have become about one candidate, one goes on: what is
        submitted, or else the oldest. The others are closed."""
        under_way = self.sudo().filtered(lambda s: s.result == "open")
        for screenings in under_way.grouped("company_id").values():
            kept = screenings.sorted(lambda s: (s.approval_state != "pending", s.id))[0]
            doubles = screenings - kept
            if submitted := doubles.filtered(lambda s: s.approval_state == "pending"):
                submitted._approval_withdraw()
            doubles._close_file(
                "failed",
                failure_text=self.env._(
                    "The customers or leads became one: goes on as %(screening)s.",
                    screening=kept.name,
                ),
            )

    # ------------------------------------------------------------
    # People
    # ------------------------------------------------------------

    def _check_people(self, before=None):
        """Check that nobody picks his reviewer, nor the future account manager.

        Those who lead the territories do. Account managers propose themselves, or
        whoever manages the account.

        :param dict before: territory and manager by screening, for what exists already
        :raise AccessError: they are not for the user to choose
        """
        if self.env.su:
            return
        accounts = self.env["kam.account"]
        for screening, following in self._find_teams().items():
            known = screening.sudo()
            team, manager = (before or {}).get(known, (following, accounts.manager_id))
            if known.team_id not in (team, following):
                for concerned in filter(None, (team, known.team_id)):
                    accounts._check_leads(concerned)
            own = self.env.user | known.account_id.manager_id | manager
            if known.manager_id - own:
                accounts._check_leads(known.team_id)

    def _follow_account(self, before):
        """Take over who looks after the accounts now.

        Under review, whoever was put in charge since the submission wins. Before it,
        what was chosen for the screening stays.

        :param dict before: former account manager and territory by account
        """
        following = defaultdict(self.browse)
        for screening in self:
            account = screening.account_id
            manager, team = before[account]
            for fname, former in (("manager_id", manager), ("team_id", team)):
                new = account[fname]
                if (
                    new
                    and new not in (former, screening[fname])
                    and (
                        screening.approval_state == "pending"
                        or screening[fname] == former
                    )
                ):
                    following[fname, new] += screening
        for (fname, new), screenings in following.items():
            screenings.write({fname: new.id})
        followers = self.browse().union(*following.values())
        followers._message_log_batch(
            {
                screening.id: self.env._(
                    "Follows the account. Future account manager: %(manager)s. "
                    "Territory: %(team)s.",
                    manager=screening.manager_id.name or "–",
                    team=screening.team_id.name or "–",
                )
                for screening in followers
            }
        )

    def _get_readable_accounts(self):
        """Accounts that may be told of: what is filled in into a new screening tells
        of none that the user may not read. Of those on record, anybody may write the
        lead.
        """
        new = self.filtered(lambda screening: not screening.id)
        readable = new.account_id.sudo(False)._filtered_access("read")
        return (readable | (self - new).sudo().account_id).sudo()

    def _find_teams(self):
        """Territory of the account of each, or else of its lead, or else of whoever
        is responsible.

        :return: dict of ``crm.team``, maybe empty, by screening
        """
        readable = self._get_readable_accounts()
        found = {}
        for screening in self:
            known = screening.sudo()
            teams = (
                (known.account_id & readable).team_id
                + known.lead_id.team_id
                + known.user_id.sale_team_id
            )
            found[screening] = teams.filtered(
                lambda t, company=known.company_id: t.company_id <= company
            )[:1]
        return found
