from datetime import timedelta

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import new_test_user, tagged

from ..visit.common import VisitCase

LINKED = (
    "kam.visit",
    "kam.visit.finding",
    "kam.development.contact",
    "kam.screening",
    "kam.occasion",
    "kam.occasion.turn",
    "kam.partner.profile",
)


@tagged("post_install", "-at_install")
class TestMerge(VisitCase):
    """Customers, contacts and accounts become one, and nothing known is lost."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.china_account = cls.target_account
        cls.china_account.is_potential = False
        cls.china_account.team_id = cls.china
        cls.held = cls.env["kam.visit"].create(
            {
                "account_id": cls.account.id,
                "user_id": cls.users["amy"].id,
                "purpose": "Talk",
                "main_points": "Well",
                "start": cls.now - timedelta(days=3),
                "contact_ids": [Command.set(cls.wang.ids)],
                "state": "done",
                "finding_ids": [Command.create({"kind": "promise", "name": "Manual"})],
            }
        )
        screening = cls.env["kam.screening"].create(
            {"partner_id": cls.alpha.id, "company_id": cls.company.id}
        )
        cls.env["kam.development.contact"].create(
            [
                {"account_id": cls.account.id, "person_id": cls.wang.id},
                {"screening_id": screening.id, "person_id": cls.li.id},
            ]
        )
        occasion = cls.env["kam.occasion"].create(
            {
                "name": "Anniversary",
                "account_id": cls.account.id,
                "date": "2001-03-01",
                "is_yearly": True,
            }
        )
        occasion.response = "gift"
        occasion.action_respond()
        occasion.action_done()
        cls.profile = cls._profile(cls.wang, cls.account, interests="Chess")
        cls._profile(cls.li, cls.account, interests="Tea")
        cls.wang.kam_reports_to_id = cls.li
        cls.env.flush_all()

    @classmethod
    def _profile(cls, person, account, **values):
        return cls.env["kam.partner.profile"].create(
            {"partner_id": person.id, "account_id": account.id, **values}
        )

    def _linked(self, account):
        """Number of records of each kind that hang on an account."""
        return {
            model: self.env[model].search_count([("account_id", "=", account.id)])
            for model in LINKED
        }

    def _merge(self, source, target):
        self.env["base.partner.merge.automatic.wizard"]._merge(
            [source.id, target.id], target, extra_checks=False
        )
        self.env.invalidate_all()

    # ------------------------------------------------------------
    # Customers
    # ------------------------------------------------------------

    def _check_all_at(self, target, before):
        self.assertFalse(self.account.exists())
        self.assertEqual(self._linked(target), before)
        self.assertEqual(self.held.account_id, target)
        self.assertEqual(self.held.partner_id, target.partner_id)
        self.assertEqual(self.held.team_id, target.team_id)
        self.assertEqual(self.held.contact_ids, self.wang)
        self.assertEqual(self.wang.kam_reports_to_id, self.li)
        self.assertEqual(self.wang.commercial_partner_id, target.partner_id)

    def test_merged_customers(self):
        before = self._linked(self.account)
        self.assertTrue(all(before.values()), before)
        self._merge(self.alpha, self.target)
        self._check_all_at(self.china_account, before)

    def test_customer_becomes_part_of_another(self):
        before = self._linked(self.account)
        self.alpha.write({"is_company": False, "parent_id": self.target.id})
        self._refresh()
        self._check_all_at(self.china_account, before)

    def test_customers_become_part_of_a_new_company(self):
        """One, several, of an archived one, and again after a merge: the register is
        refreshed, and each company has one account."""
        first, second, archived = (self._customer(f"Group {n}") for n in range(3))
        third = self._customer("Third")
        self._invoices([(self.alpha, 100.0), (self.target, 200.0), (third, 300.0)])
        self._refresh()
        for partner, group in (
            (self.alpha, first),
            (self.target, first),
            (third, archived),
        ):
            partner.write({"is_company": False, "parent_id": group.id})
        archived.active = False
        self._refresh()
        self.assertEqual(self._account(first).revenue_12m, 300.0)
        self.assertEqual(self._account(archived).revenue_12m, 300.0)
        for partner in (self.alpha, self.target, third):
            self.assertFalse(self._account(partner))
        self.assertEqual(self.held.account_id, self._account(first))
        first.write({"is_company": False, "parent_id": second.id})
        self._merge(third, self.alpha)
        self._refresh()
        self.assertEqual(self._account(second).revenue_12m, 600.0)
        self._refresh()

    def test_what_people_entered_is_kept(self):
        self.account.write({"note": "<p>Pays late</p>", "influence": 40})
        self.china_account.write({"note": "<p>Big hall</p>", "manager_id": False})
        self.account.strategic_fit, self.china_account.strategic_fit = 20, 70
        self._merge(self.alpha, self.target)
        account = self.china_account
        self.assertIn("Pays late", account.note)
        self.assertIn("Big hall", account.note)
        self.assertEqual((account.influence, account.strategic_fit), (40, 70))
        self.assertEqual(account.manager_id, self.users["amy"])

    def test_followers_of_both(self):
        amy, ben = (self.users[login].partner_id for login in ("amy", "ben"))
        for account in self.account | self.china_account:
            account.member_ids = [
                Command.create({"user_id": self.users[login].id})
                for login in ("amy", "ben")
            ]
        self.account.message_subscribe((amy + ben).ids)
        self.china_account.message_subscribe(amy.ids)
        self._merge(self.alpha, self.target)
        self.assertLessEqual(amy + ben, self.china_account.message_partner_ids)

    def test_profiles_of_a_person_known_to_both(self):
        """He worked for both, and each team kept its own."""
        self.wang.parent_id = self.target
        new = self._profile(self.wang, self.china_account, interests="Opera")
        self._merge(self.alpha, self.target)
        self.assertFalse(self.profile.exists())
        self.assertEqual(new.interests, "Opera\nChess")
        profiles = new.search([("account_id", "=", self.china_account.id)])
        self.assertEqual(profiles.partner_id, self.wang + self.li)

    # ------------------------------------------------------------
    # Contacts
    # ------------------------------------------------------------

    def _person(self, name, **values):
        return self.env["res.partner"].create({"name": name, **values})

    def test_somebody_without_company_is_a_stakeholder(self):
        """Whoever keeps the contacts tidy need not know of key accounts."""
        clerk = new_test_user(
            self.env, login="clerk", groups="base.group_user,base.group_partner_manager"
        )
        stray = self._person("Wang")
        self.wang.write({"kam_support": "sponsor", "kam_owner_id": self.env.uid})
        follower = self._person("Boy", parent_id=self.alpha.id)
        follower.kam_reports_to_id = self.wang
        wizard = self.env["base.partner.merge.automatic.wizard"].with_user(clerk)
        wizard._merge([stray.id, self.wang.id], stray.with_user(clerk))
        self.env.invalidate_all()
        self.assertEqual(stray.commercial_partner_id, self.alpha)
        self.assertEqual(stray.kam_support, "sponsor")
        self.assertEqual(stray.kam_owner_id, self.env.user)
        self.assertEqual(stray.kam_reports_to_id, self.li)
        self.assertEqual(follower.kam_reports_to_id, stray)

    def test_people_who_were_met_together(self):
        """Two contacts at one visit, and at the file of one screening, are one."""
        double, third = (
            self._person(name, parent_id=self.alpha.id) for name in ("Li", "Li")
        )
        people = self.li + double + third
        visit = self.held.create(
            {
                "account_id": self.account.id,
                "contact_ids": [Command.set((self.wang + people).ids)],
                "start": self.tomorrow,
            }
        )
        other = visit.copy({"contact_ids": [Command.set((double + third).ids)]})
        screening = self.env["kam.screening"].search(
            [("partner_id", "=", self.alpha.id)]
        )
        screening.decision_maker_ids = people
        self.env["base.partner.merge.automatic.wizard"]._merge(
            people.ids, self.li, extra_checks=False
        )
        self.env.invalidate_all()
        self.assertEqual(people.exists(), self.li)
        self.assertEqual(visit.contact_ids, self.wang + self.li)
        self.assertEqual(other.contact_ids, self.li)
        self.assertEqual(screening.decision_maker_ids, self.li)

    def test_nobody_reports_in_a_circle(self):
        """Wang reports to Li, and Li to the double of Wang."""
        double = self._person("Double", parent_id=self.alpha.id)
        self.li.kam_reports_to_id = double
        self._merge(self.wang, double)
        self.assertEqual(self.li.kam_reports_to_id, double)
        self.assertFalse(double.kam_reports_to_id)

    def test_nobody_reports_to_another_customer(self):
        self._merge(self.li, self.zhou)
        self.assertFalse(self.wang.kam_reports_to_id)
        self.assertEqual(self.zhou.commercial_partner_id, self.target)
        boss = self._person("Boss", parent_id=self.target.id)
        stranger = self._person(
            "Stranger", parent_id=self.target.id, kam_reports_to_id=boss.id
        )
        self._merge(stranger, self.wang)
        self.assertFalse(self.wang.kam_reports_to_id)

    def test_who_is_found_is_known(self):
        place = self._person(
            "Workshop head",
            parent_id=self.alpha.id,
            kam_is_placeholder=True,
            kam_line="technical",
        )
        self._merge(place, self.wang)
        self.assertFalse(self.wang.kam_is_placeholder)
        self.assertEqual(self.wang.kam_line, "technical")

    # ------------------------------------------------------------
    # Deleted customers
    # ------------------------------------------------------------

    def test_visits_that_took_place_stay(self):
        for record in (self.account, self.alpha):
            with self.subTest(record._name):
                with self.assertRaises(ValidationError), self.env.cr.savepoint():
                    record.unlink()
        self.assertTrue(self.held.exists())
