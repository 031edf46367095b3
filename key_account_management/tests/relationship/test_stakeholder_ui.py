from odoo.tests import HttpCase, tagged

from ..common import KamCase


@tagged("post_install", "-at_install")
class TestStakeholderUi(KamCase, HttpCase):
    """The stakeholder map in a real browser, as an account manager."""

    def test_map(self):
        partner = self._customer("Alpha")
        self._invoice(partner, 1500000.0)
        self._refresh()
        account = self._account(partner)
        account._assign_tier(self.key, {})
        account.write({"manager_id": self.users["amy"].id, "team_id": self.east.id})
        boss, buyer = self.env["res.partner"].create(
            [
                {
                    "name": name,
                    "parent_id": partner.id,
                    "kam_level": level,
                    "kam_line": "business",
                }
                for name, level in (("Boss", "executive"), ("Buyer", "middle"))
            ]
        )
        buyer.kam_reports_to_id = boss
        self.start_tour(
            f"/odoo/kam.account/{account.id}", "kam_stakeholder_tour", login="amy"
        )
        self.assertEqual(boss.kam_support, "sponsor")
        added = account.stakeholder_ids - boss - buyer
        self.assertEqual(added.name, "Workshop head")
        self.assertEqual((added.kam_level, added.kam_line), ("front", "technical"))
        self.assertTrue(added.kam_is_placeholder)
        self.assertEqual(buyer.kam_thinking, "analytical")
