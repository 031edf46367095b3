from .common import KamCase


class OccasionCase(KamCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.alpha = cls._customer("Alpha")
        cls._invoice(cls.alpha, 100.0)
        cls._refresh()
        cls.account = cls._account(cls.alpha)
        cls.account.write({"manager_id": cls.users["amy"].id, "team_id": cls.east.id})
        cls.Occasion = cls.env["kam.occasion"]

    def _occasion(self, day, yearly=False, **values):
        return self.Occasion.create(
            {
                "name": "Foundation",
                "account_id": self.account.id,
                "date": day,
                "is_yearly": yearly,
                **values,
            }
        )

    def _remind(self):
        self.Occasion._cron_remind()

    def _asked(self, occasion):
        return occasion.activity_ids.user_id.sorted("login").mapped("login")
