from odoo import Command

from .common import KamCase


class HandoverCase(KamCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.amy, cls.ben, cls.sue = (cls.users[n] for n in ("amy", "ben", "sue"))
        cls.partners = cls._customers(2)
        cls._invoices([(partner, 100.0) for partner in cls.partners])
        cls._refresh()
        cls.moving, cls.staying = (cls._account(p) for p in cls.partners)
        cls.accounts = cls.moving + cls.staying
        cls.accounts.write({"manager_id": cls.amy.id, "team_id": cls.east.id})
        cls.contacts = cls.env["res.partner"].create(
            [
                {
                    "name": "Buyer",
                    "parent_id": partner.id,
                    "kam_owner_id": cls.amy.id,
                }
                for partner in cls.partners
            ]
        )

    def _wizard(self, accounts=None, login="sue", **values):
        return (
            self.env["kam.account.handover"]
            .with_user(self.users[login])
            .create(
                {
                    "from_user_id": self.amy.id,
                    "to_user_id": self.ben.id,
                    "account_ids": [Command.set((accounts or self.moving).ids)],
                    "note": "<p>Price talks in March</p>",
                    **values,
                }
            )
        )

    # ------------------------------------------------------------
    # What moves
    # ------------------------------------------------------------
