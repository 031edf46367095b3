"""People and occasions of a customer seen from its account (C1, C3, C5)."""

import operator as op

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models

from .kam_occasion import OPEN_STATES

COMPARE = {"in": lambda n, v: n in v, ">": op.gt, ">=": op.ge, "<": op.lt, "<=": op.le}
# What the map says of a person in words
WORDS = (
    "kam_decision_role",
    "kam_influence",
    "kam_support",
    "kam_thinking",
    "kam_relationship",
    "kam_relationship_wanted",
)


class KamAccount(models.Model):
    _inherit = "kam.account"  # pylint: disable=R8180

    stakeholder_ids = fields.One2many(
        related="partner_id.kam_stakeholder_ids", readonly=False, related_sudo=False
    )

    # Neither follows changes within a transaction: with dependencies on contacts,
    # each write of a contact would look for its account.
    stakeholder_map = fields.Json(compute="_compute_stakeholder_map")
    stakeholder_gap_count = fields.Integer(
        string="Relationship Gaps",
        compute="_compute_stakeholder_gap_count",
        search="_search_stakeholder_gap_count",
        help="Gaps in the relationships with the contacts of a key account.",
    )

    occasion_ids = fields.One2many("kam.occasion", "account_id", string="Occasions")
    occasion_count = fields.Integer(
        string="Open Occasions", compute="_compute_occasion_count", aggregator=None
    )

    # ------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------

    def _compute_stakeholder_gap_count(self):
        gaps = self._origin._stakeholder_gaps()
        for account in self:
            account.stakeholder_gap_count = len(gaps.get(account._origin.id, ()))

    def _search_stakeholder_gap_count(self, operator, value):
        if operator not in COMPARE:
            return NotImplemented
        # Ordinary customers have no gaps: there is nothing to look at.
        accounts = self.with_context(active_test=False).search(
            ["|", ("tier_id", "!=", False), ("is_potential", "=", True)]
        )
        matches = COMPARE[operator]
        matching = accounts.filtered(lambda a: matches(a.stakeholder_gap_count, value))
        if matches(0, value):
            return [("id", "not in", (accounts - matching).ids)]
        return [("id", "in", matching.ids)]

    def _compute_stakeholder_map(self):
        # Of the customer on record: another one in a form is merely named there
        people = self._origin._stakeholders()
        visits = people._kam_last_visits()
        by_customer = people.grouped("commercial_partner_id")
        for account in self:
            known = account._origin
            members = by_customer.get(known.partner_id, people.browse())
            account.stakeholder_map = known and known._stakeholder_picture(
                members, visits
            )

    @api.depends("occasion_ids.state", "occasion_ids.active")
    @api.depends_context("uid")
    def _compute_occasion_count(self):
        groups = self.env["kam.occasion"]._read_group(
            [("account_id", "in", self.ids), ("state", "in", OPEN_STATES)],
            ["account_id"],
            ["__count"],
        )
        counts = dict(groups)
        for account in self:
            account.occasion_count = counts.get(account._origin, 0)

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_view_occasions(self):
        action = self._action_records("kam_occasion_action")
        action["context"]["search_default_open"] = 1
        return action

    # ------------------------------------------------------------
    # Gaps
    # ------------------------------------------------------------

    def _stakeholders(self):
        """Contacts of the customers, as far as the user may see them."""
        people = self.env["res.partner"]
        domain = [
            ("commercial_partner_id", "in", self.partner_id.ids),
            *people._fields["kam_stakeholder_ids"].get_comodel_domain(people),
        ]
        return people.search(domain, order="name, id")

    def _stakeholder_gaps(self):
        """What is missing in the relationship with each customer.

        Asked of key accounts and potential ones only.

        :return: dict by account id a list of dicts with ``code``, ``value`` (the line
            or level that is concerned) and ``label``
        """
        asked = self.filtered(lambda a: a.tier_id or a.is_potential)
        people = asked._stakeholders()
        visits = people._kam_last_visits()
        by_customer = people.grouped("commercial_partner_id")
        gaps = {account.id: [] for account in self}
        for account in asked:
            members = by_customer.get(account.partner_id, people.browse())
            gaps[account.id] = account._find_stakeholder_gaps(members, visits)
        return gaps

    def _find_stakeholder_gaps(self, people, visits):
        """Gaps of one account, see :meth:`_stakeholder_gaps`."""
        known = people.filtered(lambda p: not p.kam_is_placeholder)
        gaps = []
        if "sponsor" not in known.mapped("kam_support"):
            gaps.append(("sponsor", False, self.env._("No sponsor")))
        if "decision_maker" not in known.mapped("kam_decision_role"):
            label = self.env._("No decision maker known")
            gaps.append(("decision_maker", False, label))
        for line, name in self._stakeholder_words("kam_line").items():
            if not self._stakeholder_owners(known, line):
                label = self.env._("%(line)s line: no relationship owner", line=name)
                gaps.append(("line", line, label))
        for level, name in self._stakeholder_words("kam_level").items():
            if level not in known.mapped("kam_level"):
                label = self.env._("%(level)s: no contact known", level=name)
                gaps.append(("level", level, label))
        if not known - self._find_silent(known, visits):
            gaps.append(("silence", False, self._silence_in_words(known, visits)))
        return [{"code": c, "value": v, "label": label} for c, v, label in gaps]

    def _stakeholder_owners(self, people, line):
        """Who of us keeps the relationship with the people of a line."""
        return people.filtered(lambda p: p.kam_line == line).kam_owner_id.filtered(
            "active"
        )

    def _find_silent(self, people, visits):
        """Who of the customer was not met for too long, or never.

        :param people: contacts of the customer
        :param dict visits: day of the last visit by contact id
        :return: those of the contacts; placeholders are nobody to meet
        """
        self.ensure_one()
        company = self.sudo().company_id
        intervals = self._get_contact_intervals()
        default = relativedelta(days=company.kam_silence_days)
        today = company._kam_today()

        def is_silent(person):
            last = visits.get(person.id)
            interval = intervals.get(person.kam_level or "front", default)
            return not last or last + interval < today

        return people.filtered(lambda p: not p.kam_is_placeholder and is_silent(p))

    def _get_contact_intervals(self):
        """How long people of a level may go without being met, where a rule says so.

        :return: dict of ``relativedelta`` by level; for other levels holds what the
            company has set
        """
        return {}

    def _silence_in_words(self, people, visits):
        days = [visits[person.id] for person in people if visits.get(person.id)]
        if not days:
            return self.env._("No contact met yet")
        silence = self.company_id._kam_today() - max(days)
        return self.env._("No contact met for %(days)s days", days=silence.days)

    def _stakeholder_words(self, fname):
        field = self.env["res.partner"]._fields[fname]
        return dict(field._description_selection(self.env))

    # ------------------------------------------------------------
    # Map
    # ------------------------------------------------------------

    def _stakeholder_picture(self, people, visits):
        """What the widget ``kam_stakeholder_map`` draws for one account."""
        asked = self.tier_id or self.is_potential
        known = people.filtered(lambda p: not p.kam_is_placeholder)
        return {
            "partner_id": self.partner_id.id,
            "gaps": self._find_stakeholder_gaps(people, visits) if asked else [],
            "levels": [
                {"key": key, "label": label}
                for key, label in self._stakeholder_words("kam_level").items()
            ],
            "lines": [
                {
                    "key": key,
                    "label": label,
                    "owners": [
                        {"id": user.id, "name": user.name}
                        for user in self._stakeholder_owners(known, key)
                    ],
                }
                for key, label in self._stakeholder_words("kam_line").items()
            ],
            "people": self._stakeholder_cards(people, visits),
        }

    def _stakeholder_cards(self, people, visits):
        words = {fname: self._stakeholder_words(fname) for fname in WORDS}
        silent = self._find_silent(people, visits)
        return [
            {
                "id": person.id,
                "name": person.name or person.display_name,
                "function": person.function or "",
                "level": person.kam_level,
                "line": person.kam_line,
                "reports_to": person.kam_reports_to_id.id,
                "decision_role": person.kam_decision_role,
                "support": person.kam_support,
                "influence": person.kam_influence,
                "is_node": person.kam_is_node,
                "is_placeholder": person.kam_is_placeholder,
                "owner": person.kam_owner_id.id,
                "owner_name": person.kam_owner_id.sudo().name or "",
                "last_visit": fields.Date.to_string(visits.get(person.id)) or False,
                "is_silent": person in silent,
                "words": {
                    fname.removeprefix("kam_"): words[fname].get(person[fname], "")
                    for fname in WORDS
                },
            }
            for person in people
        ]

    # ------------------------------------------------------------
    # Business
    # ------------------------------------------------------------

    def _may_read_profiles(self, user=None):
        """Whether somebody works for the account: what the record rules say.

        :param user: ``res.users`` record, by default the one who asks
        """
        account = self.sudo()
        user = user or self.env.user
        if user in account.manager_id | account.member_ids.user_id:
            return True
        return user in account.team_id.kam_leader_ids and user._kam_is_leader()

    def _drop_doubles(self, other):
        profiles = self.env["kam.partner.profile"].with_context(active_test=False)
        profiles.search([("account_id", "=", self.id)])._merge_profiles_into(
            profiles.search([("account_id", "=", other.id)]), "partner_id"
        )
        return super()._drop_doubles(other)
