from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..common import KamCase


@tagged("post_install", "-at_install")
class TestPartner(KamCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner, cls.double = cls._customers(2)
        cls._invoices([(cls.partner, 1500000.0), (cls.double, 1100000.0)])
        cls._refresh()

    def _merge(self, *sources):
        ids = [self.partner.id, *(source.id for source in sources)]
        self.env["base.partner.merge.automatic.wizard"]._merge(
            ids, self.partner, extra_checks=False
        )
        self.env.invalidate_all()

    def test_account_of_contact_and_company(self):
        contact = self.env["res.partner"].create(
            {"name": "Buyer", "parent_id": self.partner.id}
        )
        account = self._account(self.partner)
        self.assertEqual((self.partner | contact).kam_account_id, account)
        self.assertEqual(contact.kam_revenue_12m, 1500000.0)

    def test_account_while_the_contact_is_edited(self):
        edited = self.partner.new(origin=self.partner)
        self.assertEqual(edited.kam_account_id._origin, self._account(self.partner))

    def test_search(self):
        Partner = self.env["res.partner"]
        self._proposal(self.partner).with_user(self.users["max"]).action_approve()
        ours = [("id", "in", (self.partner + self.double).ids)]
        key = Partner.search([*ours, ("kam_tier_id", "=", self.key.id)])
        self.assertEqual(key, self.partner)
        self.assertEqual(Partner.search([*ours, ("kam_tier_id", "!=", False)]), key)
        none = Partner.search([*ours, ("kam_account_id", "=", False)])
        self.assertFalse(none)
        stranger = self._customer("Stranger")
        self.assertIn(stranger, Partner.search([("kam_account_id", "=", False)]))

    @mute_logger("odoo.addons.base.models.res_partner")
    def test_portal_and_strangers_read_nothing(self):
        portal = new_test_user(self.env, login="portal", groups="base.group_portal")
        portal.partner_id.parent_id = self.partner
        names = [n for n in self.partner._fields if n.startswith("kam_")]
        self.assertGreaterEqual(len(names), 5)
        for user in (portal, self.users["joe"]):
            partner = portal.partner_id.with_user(user)
            partner.check_access("read")
            for name in names:
                with self.assertRaises(AccessError, msg=name):
                    partner.read([name])
                with self.assertRaises(AccessError, msg=name):
                    partner.search([(name, "!=", False)])

    def test_tier_on_the_contact_respects_the_rules(self):
        """An account manager reads nothing of another one's account, here either."""
        self._proposal(self.partner).with_user(self.users["max"]).action_approve()
        self.partner.invalidate_recordset()
        self.assertFalse(self.partner.with_user(self.users["amy"]).kam_tier_id)
        self._account(self.partner).manager_id = self.users["amy"]
        self.env.invalidate_all()
        self.assertEqual(
            self.partner.with_user(self.users["amy"]).kam_tier_id, self.key
        )

    def test_merge_keeps_one_account(self):
        self._proposal(self.partner).with_user(self.users["max"]).action_approve()
        source = self._account(self.double)
        self._proposal(self.double).with_user(self.users["max"]).action_approve()
        note = "Call them on Mondays"
        source.message_post(body=note)
        self.env["kam.account.member"].create(
            [
                {"account_id": account.id, "user_id": self.users["ben"].id}
                for account in (source, self._account(self.partner))
            ]
        )
        self.env["kam.account.snapshot"]._take_missing(self.company)
        self._merge(self.double)
        account = self._account(self.partner)
        self.assertFalse(source.exists())
        self.assertEqual(len(account.history_ids), 2)
        self.assertEqual(len(account.proposal_ids), 2)
        self.assertEqual(len(account.member_ids), 1)
        self.assertIn("Mondays", "".join(account.message_ids.mapped("body")))
        self._refresh()
        self.assertEqual(account.revenue_12m, 2600000.0)
        self.assertEqual(account.tier_id, self.key)

    def test_merge_with_a_stranger_takes_the_account_over(self):
        self._proposal(self.double).with_user(self.users["max"]).action_approve()
        source = self._account(self.double)
        stranger = self._customer("Stranger")
        self.env["base.partner.merge.automatic.wizard"]._merge(
            [stranger.id, self.double.id], stranger, extra_checks=False
        )
        self.env.invalidate_all()
        self.assertEqual(self._account(stranger), source)
        self.assertEqual(source.tier_id, self.key)

    def test_customer_becomes_contact_of_another(self):
        """Its account follows, and revenue counts for the company from then on."""
        source = self._account(self.double)
        self.double.write({"is_company": False, "parent_id": self.partner.id})
        self._refresh()
        self.assertFalse(source.exists())
        self.assertEqual(self._account(self.partner).revenue_12m, 2600000.0)

    def test_accounts_are_kept_for_companies_only(self):
        contact = self.env["res.partner"].create(
            {"name": "Buyer", "parent_id": self.partner.id}
        )
        with self.assertFails(ValidationError, "is a contact of"):
            self.Account.create({"partner_id": contact.id})

    def test_button(self):
        action = self.partner.action_view_kam_account()
        self.assertEqual(action["res_id"], self._account(self.partner).id)

    def test_deleted_customer(self):
        stranger = self._customer("Stranger")
        account = self.Account.create({"partner_id": stranger.id})
        stranger.unlink()
        self.assertFalse(account.exists())
