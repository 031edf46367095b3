from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from ..common import KamCase


@tagged("post_install", "-at_install")
class TestJoinedPeople(KamCase):
    """Nobody gets the account of somebody else by making one customer of two."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        clerk = cls.env.ref("base.group_partner_manager")
        for user in cls.users.values():
            user.group_ids += clerk
        cls.users["rob"] = new_test_user(
            cls.env,
            login="rob",
            groups="key_account_management.group_kam_supervisor,"
            "base.group_partner_manager",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.south = cls.env["crm.team"].create(
            {"name": "South", "user_id": cls.users["rob"].id}
        )
        cls.number = 0

    def _started(self, login, team, **values):
        """The account of a new customer."""
        self.number += 1
        return self.Account.create(
            {
                "partner_id": self._customer(f"Customer {self.number}").id,
                "manager_id": login and self.users[login].id,
                "team_id": team.id,
                **values,
            }
        )

    def _contact(self, login, account, customer):
        account.partner_id.with_user(self.users[login]).write(
            {"is_company": False, "parent_id": customer.id}
        )

    def _merge(self, login, account, customer):
        wizard = self.env["base.partner.merge.automatic.wizard"]
        wizard.with_user(self.users[login])._merge(
            [account.partner_id.id, customer.id],
            customer.with_user(self.users[login]),
        )

    def _routes(self):
        """Ways in which what is somebody else's becomes part of one's own."""

        def joined(join):
            def route(login, theirs, own):
                join(login, theirs, own.partner_id)

            return route

        def started(login, theirs, own):
            customer = self._customer("New")
            self._contact(login, theirs, customer)
            self.Account.with_user(self.users[login]).create(
                {"partner_id": customer.id}
            )

        def together(login, theirs, own):
            customer = self._customer("New")
            self._contact(login, own, customer)
            self._contact(login, theirs, customer)

        def subsidiary(login, theirs, own):
            partner = theirs.partner_id.with_user(self.users[login])
            partner.parent_id = own.partner_id
            partner.company_type = "person"

        return {
            "merged": joined(self._merge),
            "merged, the other way": lambda login, theirs, own: self._merge(
                login, own, theirs.partner_id
            ),
            "contact": joined(self._contact),
            "contact, the other way": lambda login, theirs, own: self._contact(
                login, own, theirs.partner_id
            ),
            "account of the new company": started,
            "both of a new company": together,
            "subsidiary": subsidiary,
        }

    def test_nobody_takes_accounts(self):
        """Neither from a colleague, nor from another territory, nor what is nobody's
        but on record."""
        for route, join in self._routes().items():
            for login, team, other, territory in (
                ("amy", self.east, "ben", self.east),
                ("rob", self.south, "ben", self.east),
                ("rob", self.south, False, self.env["crm.team"]),
            ):
                theirs = self._started(other, territory)
                theirs._assign_tier(self.key, {})
                own = self._started(login, team)
                with (
                    self.subTest(route=route, login=login, other=other),
                    self.assertFails(AccessError, "can make them one customer"),
                    self.env.cr.savepoint(),
                ):
                    join(login, theirs, own)

    def test_teams_differ(self):
        """Whoever is in the team of one account comes into that of the other."""
        member = {"member_ids": [Command.create({"user_id": self.users["ben"].id})]}
        for join in (self._merge, self._contact):
            theirs = self._started("amy", self.east)
            own = self._started("amy", self.east, **member)
            with self.assertFails(AccessError, "account teams"):
                join("ben", own, theirs.partner_id)

    def test_who_leads_joins(self):
        """And who looks after both, and anybody where nobody looks after one."""
        nowhere = self.env["crm.team"]
        for join in (self._merge, self._contact):
            for login, first, second in (
                ("sue", ("amy", self.east), ("ben", self.east)),
                ("max", ("amy", self.east), ("ben", self.south)),
                ("amy", ("amy", self.east), ("amy", self.east)),
                ("amy", ("amy", self.east), (False, nowhere)),
                ("amy", (False, nowhere), ("amy", self.east)),
            ):
                accounts = self._started(*first) + self._started(*second)
                with self.subTest(join.__name__, login=login):
                    join(login, accounts[0], accounts[1].partner_id)
                    self._refresh()
                    self.assertEqual(len(accounts.exists()), 1)

    def test_contacts_move_on(self):
        """What waits to be joined stops nobody from keeping the contacts tidy."""
        first, second = (
            self._started("amy", self.east),
            self._started("ben", self.south),
        )
        self._contact("max", first, second.partner_id)
        person = self._customer("Person", is_company=False)
        self.assertTrue(person.with_user(self.users["amy"]).has_access("write"))
        person.with_user(self.users["amy"]).parent_id = second.partner_id
        self._refresh()
        self.assertEqual(self._account(second.partner_id).manager_id, self.users["ben"])
