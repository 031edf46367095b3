from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..common import KamCase


@tagged("post_install", "-at_install")
class TestStakeholderAccess(KamCase):
    """What is known of stakeholders is written by who works for their company."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.alpha, cls.beta, cls.nobodys = cls._customers(3)
        cls._invoices([(p, 100.0) for p in cls.alpha | cls.beta | cls.nobodys])
        cls._refresh()
        cls._account(cls.alpha).write(
            {
                "manager_id": cls.users["amy"].id,
                "team_id": cls.east.id,
                "member_ids": [Command.create({"user_id": cls.users["ben"].id})],
            }
        )
        cls.south = cls.env["crm.team"].create({"name": "South"})
        for login in ("zoe", "lea"):
            cls.users[login] = new_test_user(
                cls.env,
                login=login,
                groups="base.group_user,key_account_management.group_kam_user",
                company_id=cls.company.id,
                company_ids=[Command.set(cls.company.ids)],
            )
        # Leads the South, without being a supervisor
        cls.south.user_id = cls.users["lea"]
        cls._account(cls.beta).write(
            {"manager_id": cls.users["zoe"].id, "team_id": cls.south.id}
        )
        for user in cls.users.values():
            user.group_ids |= cls.env.ref("base.group_partner_manager")
        cls.boss = cls._contact("Boss", cls.alpha, kam_support="sponsor")
        cls.buyer = cls._contact("Buyer", cls.beta, kam_support="sceptic")

    @classmethod
    def _contact(cls, name, customer, **values):
        return cls.env["res.partner"].create(
            {"name": name, "parent_id": customer.id, **values}
        )

    def _fields(self):
        return sorted(self.env["res.partner"]._kam_stakeholder_fields())

    def _other_value(self, fname):
        field = self.env["res.partner"]._fields[fname]
        if field.type == "selection":
            return field.get_values(self.env)[0]
        if field.comodel_name == "res.users":
            return self.users["amy"].id
        return field.type == "boolean" or self._contact("Above", self.alpha).id

    def test_every_field(self):
        """By the team, its leaders and above; by nobody else."""
        self.assertGreaterEqual(len(self._fields()), 12)
        allowed = ("amy", "ben", "sue", "sam", "max", "dora", "eve")
        for fname in self._fields():
            value = self._other_value(fname)
            for login in (*allowed, "zoe", "lea", "tom", "joe"):
                boss = self.boss.with_user(self.users[login])
                with self.subTest(login=login, field=fname):
                    if login in allowed:
                        boss.write({fname: value})
                        continue
                    with self.assertRaises(AccessError):
                        boss.write({fname: value})
                    with self.assertRaises(AccessError):
                        boss.create(
                            {"name": "New", "parent_id": self.alpha.id, fname: value}
                        )

    def test_leader_without_the_group(self):
        with self.assertFails(AccessError, "Only those who work for"):
            self.buyer.with_user(self.users["lea"]).kam_level = "front"
        account = self._account(self.beta)
        self.assertFalse(account.with_user(self.users["lea"])._may_read_profiles())

    def test_customer_that_nobody_manages(self):
        account = self._account(self.nobodys)
        self.assertFalse(account.manager_id)
        for login in ("amy", "zoe"):
            self._contact("New", self.nobodys).with_user(
                self.users[login]
            ).kam_level = "front"
        with self.assertRaises(AccessError):
            self._contact("New", self.nobodys).with_user(
                self.users["tom"]
            ).kam_level = "front"

    def test_account_of_another_company_does_not_count(self):
        """And the own companies count, whichever are ticked."""
        other = self._create_company("Oak Test")
        self.env["kam.account"].create(
            {"partner_id": self.nobodys.id, "company_id": other.id}
        )
        amy = self.users["amy"]
        contact = self._contact("New", self.nobodys)
        contact.with_user(amy).kam_level = "front"
        amy.company_ids |= other
        zoe = self.users["zoe"]
        zoe.company_ids |= other
        boss = self.boss.with_user(zoe).with_context(allowed_company_ids=other.ids)
        with self.assertFails(AccessError, "Only those who work for"):
            boss.kam_level = "front"

    def test_move_carries_nothing_into_reach_or_out_of_it(self):
        for login, contact, target in (
            ("zoe", self.boss, self.beta),
            ("amy", self.boss, self.beta),
            ("amy", self.buyer, self.alpha),
            ("joe", self.boss, self.nobodys),
        ):
            own = contact.with_user(self.users[login])
            for values in (
                {"parent_id": target.id},
                {"parent_id": target.id, "kam_support": False},
                {"commercial_partner_id": target.id},
                {"is_company": True},
            ):
                with self.subTest(login=login, contact=contact.name, values=values):
                    before = contact.commercial_partner_id
                    with self.env.cr.savepoint() as savepoint:
                        if values == {"is_company": True} and login == "amy":
                            # Their own company then, which nobody manages
                            if contact == self.buyer:
                                with self.assertRaises(AccessError):
                                    own.write(values)
                        else:
                            with self.assertRaises(AccessError):
                                own.write(values)
                        savepoint.rollback()
                    self.env.invalidate_all()
                    self.assertEqual(contact.commercial_partner_id, before)
        self.boss.with_user(self.users["max"]).parent_id = self.beta
        self.assertEqual(self.boss.commercial_partner_id, self.beta)

    def test_move_to_a_customer_of_a_colleague(self):
        """Who may not is told who can: the leader of the territory of both."""
        self._account(self.beta).team_id = self.east
        with self.assertFails(AccessError, "Ask the leader of the territory, or a key"):
            self.boss.with_user(self.users["amy"]).parent_id = self.beta
        self.boss.with_user(self.users["sue"]).parent_id = self.beta
        self.assertEqual(self.boss.commercial_partner_id, self.beta)

    def test_move_of_a_department(self):
        """The people of a department move along with it."""
        department = self._contact("Purchasing", self.beta)
        self.buyer.parent_id = department
        with self.assertFails(AccessError, "Only those who work for"):
            department.with_user(self.users["amy"]).parent_id = self.alpha

    def test_moves_within_a_customer(self):
        """Who keeps the contacts tidy needs no role."""
        joe = self.users["joe"]
        department = self._contact("Purchasing", self.alpha)
        boss = self.boss.with_user(joe)
        boss.parent_id = department
        boss.parent_id = self.alpha
        group = self._customer("Alpha Group")
        self.alpha.with_user(joe).parent_id = group
        self.assertEqual(self.boss.commercial_partner_id, self.alpha)
        with self.assertFails(AccessError, "Alpha|Customer"):
            self.alpha.with_user(joe).is_company = False

    def test_ordinary_moves(self):
        """Of whom nothing is known, anybody corrects the company."""
        plain = self._contact("Plain", self.alpha)
        plain.with_user(self.users["joe"]).parent_id = self.beta
        self.boss.with_user(self.users["joe"]).write(
            {"parent_id": self.alpha.id, "phone": "1"}
        )

    def test_defaults_and_lines(self):
        people = self.env["res.partner"].with_user(self.users["zoe"])
        with self.assertRaises(AccessError):
            people.with_context(default_kam_support="sponsor").create(
                {"name": "New", "parent_id": self.alpha.id}
            )
        # Commands fall back to the user of the request, here OdooBot's.
        self.patch(self.env.transaction, "default_env", people.env)
        with self.assertRaises(AccessError):
            self.alpha.with_user(self.users["zoe"]).write(
                {"child_ids": [Command.update(self.boss.id, {"kam_support": False})]}
            )

    @mute_logger("odoo.models")
    def test_import(self):
        # Core copies the terms of the company to an imported contact, as the user.
        self.users["zoe"].group_ids |= self.env.ref("account.group_account_invoice")
        people = self.env["res.partner"].with_user(self.users["zoe"])
        for customer, imported in ((self.beta, True), (self.alpha, False)):
            result = people.load(
                ["name", "parent_id/.id", "kam_support"],
                [["New", str(customer.id), "Sponsor"]],
            )
            self.assertEqual(bool(result["ids"]), imported, result["messages"])

    @mute_logger("odoo.models", "odoo.addons.base.wizard.base_partner_merge")
    def test_merge(self):
        """Neither contacts nor companies with their contacts are merged into reach."""
        stranger = self._contact("Other Buyer", self.beta)
        for login, sources, target in (
            ("zoe", self.boss, stranger),
            ("joe", self.boss, stranger),
            ("zoe", self.alpha, self.beta),
        ):
            user = self.users[login]
            wizard = self.env["base.partner.merge.automatic.wizard"].with_user(user)
            with self.subTest(login=login, sources=sources.name):
                with (
                    self.assertFails(AccessError, "Only those who work for"),
                    self.env.cr.savepoint(),
                ):
                    wizard._merge((sources | target).ids, target.with_user(user))
                self.env.invalidate_all()
                self.assertTrue(sources.exists())
                self.assertEqual(self.boss.commercial_partner_id, self.alpha)
        max_ = self.users["max"]
        wizard = self.env["base.partner.merge.automatic.wizard"].with_user(max_)
        wizard._merge((self.buyer | stranger).ids, stranger.with_user(max_))
        self.env.invalidate_all()
        self.assertEqual(stranger.kam_support, "sceptic")

    def test_growth(self):
        """A constant number of queries for any number of contacts."""
        amy = self.users["amy"]
        people = self.env["res.partner"].with_user(amy)

        def create(count):
            return people.create(
                [
                    {
                        "name": f"New {n}",
                        "parent_id": self.alpha.id,
                        "kam_level": "front",
                    }
                    for n in range(count)
                ]
            )

        few, many = create(5), create(50)
        for step in ("_kam_filter_known", "_kam_check_works_for", "_kam_find_known"):
            with self.subTest(step):
                small, large = (
                    self._count(getattr(records, step)) for records in (few, many)
                )
                self.assertEqual(large, small)
        small = self._count(few.write, {"kam_level": "executive"})
        large = self._count(many.write, {"kam_level": "executive"})
        self.assertLessEqual(large, small)
