from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..common import KamCase

SECRET = "Collects stamps of Bhutan"
NOSY = ("ben", "max", "dora", "eve", "tom", "joe")


@tagged("post_install", "-at_install")
class TestProfile(KamCase, HttpCase):
    """Personal data: the team and the supervisors of the territory, nobody else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.alpha = cls._customer("Alpha")
        cls._invoice(cls.alpha, 100.0)
        cls._refresh()
        cls.account = cls._account(cls.alpha)
        cls.account.write({"manager_id": cls.users["amy"].id, "team_id": cls.east.id})
        cls.zoe = new_test_user(
            cls.env,
            login="zoe",
            groups="base.group_user,key_account_management.group_kam_user,"
            "base.group_allow_export",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.account.member_ids = [Command.create({"user_id": cls.zoe.id})]
        # Not the lack of this right keeps anybody from exporting profiles.
        for login in NOSY:
            cls.users[login].group_ids |= cls.env.ref("base.group_allow_export")
        cls.contact = cls.env["res.partner"].create(
            {"name": "Boss", "parent_id": cls.alpha.id}
        )
        cls.profile = (
            cls.env["kam.partner.profile"]
            .with_user(cls.users["amy"])
            .create({"partner_id": cls.contact.id, "interests": SECRET})
        )
        cls.env.flush_all()

    def _profiles(self, login):
        user = self.zoe if login == "zoe" else self.users[login]
        return self.env["kam.partner.profile"].with_user(user)

    # ------------------------------------------------------------
    # Who reads
    # ------------------------------------------------------------

    def test_team_and_supervisors_read_and_write(self):
        for login in ("amy", "zoe", "sue", "sam"):
            with self.subTest(login=login):
                profile = self._profiles(login).search([])
                self.assertEqual(profile.interests, SECRET)
                profile.character = login
                self.assertTrue(self.contact.with_env(profile.env).kam_profile_allowed)

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
    def test_others_read_by_no_route(self):
        for login in NOSY:
            Profile = self._profiles(login)
            profile = Profile.browse(self.profile.id)
            routes = {
                "read": lambda p=profile: p.read(["interests"]),
                "field": lambda p=profile: p.interests,
                "export": lambda p=profile: p.export_data(["interests"]),
                "name": lambda p=profile: p.display_name,
                "write": lambda p=profile: p.write({"interests": "x"}),
                "unlink": lambda p=profile: p.unlink(),
                "copy": lambda p=profile: p.copy(),
                "erase": lambda p=profile: p.action_erase(),
            }
            for route, function in routes.items():
                with self.subTest(login=login, route=route):
                    with self.assertRaises(AccessError):
                        function()

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
    def test_others_find_by_no_route(self):
        for login in NOSY:
            Profile = self._profiles(login)
            domain = [("interests", "ilike", "stamps")]
            routes = {
                "search": lambda p=Profile, d=domain: p.search(d),
                "count": lambda p=Profile, d=domain: p.search_count(d),
                "group": lambda p=Profile: p.formatted_read_group(
                    [], ["interests"], ["__count"]
                ),
                "search_read": lambda p=Profile: p.search_read([], ["interests"]),
                "name_search": lambda p=Profile: p.name_search("Boss"),
            }
            for route, function in routes.items():
                with self.subTest(login=login, route=route):
                    try:
                        self.assertFalse(function())
                    except AccessError:
                        self.assertIn(login, ("tom", "joe"))
            if login != "joe":
                contact = self.contact.with_user(self.users[login])
                self.assertFalse(contact.kam_profile_allowed)

    def test_no_field_leads_to_a_profile(self):
        """Neither related fields nor a relation that could be searched or exported."""
        for name, model in self.env.registry.items():
            for field in model._fields.values():
                if field.type not in ("one2many", "many2many", "many2one"):
                    continue
                self.assertNotEqual(
                    field.comodel_name, "kam.partner.profile", f"{name}.{field.name}"
                )

    def test_over_rpc(self):
        self.authenticate("max", "max")
        for method, args in (
            ("read", [self.profile.ids, ["interests"]]),
            ("web_read", [self.profile.ids, {"interests": {}}]),
            ("write", [self.profile.ids, {"interests": "x"}]),
            ("action_erase", [self.profile.ids]),
            ("_sweep_traces", [self.profile.ids]),
        ):
            with self.subTest(method=method), mute_logger("odoo.http"):
                response = self.url_open(
                    "/web/dataset/call_kw",
                    json={
                        "params": {
                            "model": "kam.partner.profile",
                            "method": method,
                            "args": args,
                            "kwargs": {},
                        }
                    },
                ).json()
                self.assertIn("error", response)
                self.assertNotIn(SECRET, str(response))
        self.assertEqual(self.profile.interests, SECRET)

    def test_company_of_the_account(self):
        other = self._create_company("Oak Test")
        foreign = new_test_user(
            self.env,
            login="foreign",
            groups="base.group_user,key_account_management.group_kam_executive",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        foreign.company_ids |= self.company
        self.account.member_ids = [Command.create({"user_id": foreign.id})]
        foreign.company_ids -= self.company
        profiles = self.env(user=foreign, context={"allowed_company_ids": other.ids})[
            "kam.partner.profile"
        ]
        self.assertFalse(profiles.search([]))
        with self.assertRaises(AccessError):
            profiles.browse(self.profile.id).read(["interests"])

    # ------------------------------------------------------------
    # Entering
    # ------------------------------------------------------------

    def test_only_for_contacts_of_own_customers(self):
        other = self.env["res.partner"].create(
            {"name": "Other", "parent_id": self._customer("Beta").id}
        )
        with self.assertFails(AccessError, "do not work for the customer"):
            self._profiles("amy").create({"partner_id": other.id})
        with self.assertFails(ValidationError, "do not belong"):
            self._profiles("amy").create(
                {"partner_id": other.id, "account_id": self.account.id}
            )
        with self.assertFails(AccessError, "contact of a profile cannot"):
            self.profile.partner_id = other

    def test_button_on_the_contact(self):
        action = self.contact.with_user(self.users["amy"]).action_kam_profile()
        self.assertEqual(action["res_id"], self.profile.id)
        action = self.contact.with_user(self.users["max"]).action_kam_profile()
        self.assertFalse(action["res_id"])

    def test_who_changes_to_another_customer(self):
        """The profile stays with those who wrote it: they must find it to erase it."""
        gamma = self._customer("Gamma")
        self.env["kam.account"].create(
            {"partner_id": gamma.id, "manager_id": self.users["ben"].id}
        )
        self.contact.parent_id = gamma
        self.env.invalidate_all()
        contact = self.contact.with_user(self.users["amy"])
        self.assertTrue(contact.kam_profile_allowed)
        self.assertEqual(contact.action_kam_profile()["res_id"], self.profile.id)
        contact = self.contact.with_user(self.users["ben"])
        self.assertTrue(contact.kam_profile_allowed, "to write his own")
        self.assertFalse(contact.action_kam_profile()["res_id"])
        own = self._profiles("ben").create({"partner_id": self.contact.id})
        self.assertEqual(contact.action_kam_profile()["res_id"], own.id)

    def test_profiles_of_merged_contacts_are_joined(self):
        double = self.contact.copy({"name": "Double"})
        self._profiles("amy").create(
            {"partner_id": double.id, "interests": "Chess", "family": "One son"}
        )
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.contact + double).ids, self.contact, extra_checks=False
        )
        self.env.invalidate_all()
        profile = self._profiles("amy").search([])
        self.assertEqual(profile, self.profile)
        self.assertEqual(profile.interests, f"{SECRET}\nChess")
        self.assertEqual(profile.family, "One son")

    # ------------------------------------------------------------
    # Erasing
    # ------------------------------------------------------------

    def test_team_members_do_not_erase(self):
        profile = self._profiles("zoe").browse(self.profile.id)
        self.assertFalse(profile.can_erase)
        with self.assertFails(
            AccessError, "Only the account manager or the supervisor"
        ):
            profile.action_erase()
        self.assertTrue(profile.exists())

    def test_erasure_leaves_nothing(self):
        profile = self.profile.with_context(tracking_disable=False)
        profile.write({"family": "Two children", "character": SECRET})
        self.env["ir.attachment"].sudo().create(
            {
                "name": "Letter",
                "raw": SECRET.encode(),
                "res_model": profile._name,
                "res_id": profile.id,
            }
        )
        self.env["mail.message"].sudo().create(
            {"body": SECRET, "model": profile._name, "res_id": profile.id}
        )
        profile.with_user(self.zoe).export_data(["id", "interests"])
        self.env.flush_all()
        self.assertTrue(
            self.env["ir.model.data"].search([("model", "=", profile._name)])
        )
        profile_id = profile.id
        profile.with_user(self.users["sue"]).action_erase()
        self.env.flush_all()
        self.assertFalse(profile.exists())
        of_profile = [("res_model", "=", profile._name), ("res_id", "=", profile_id)]
        self.assertFalse(self.env["ir.attachment"].search(of_profile))
        data = [("model", "=", profile._name), ("res_id", "=", profile_id)]
        self.assertFalse(self.env["ir.model.data"].search(data))
        messages = self.env["mail.message"].search(
            ["|", ("model", "=", profile._name), ("body", "ilike", SECRET)]
        )
        self.assertFalse(messages)
        for fname in ("old_value_char", "new_value_char", "new_value_text"):
            self.assertFalse(
                self.env["mail.tracking.value"].search([(fname, "ilike", SECRET)])
            )

    def test_deletion_of_the_contact_leaves_nothing(self):
        def letters():
            return self.env["ir.attachment"].search(
                [("res_model", "=", "kam.partner.profile")]
            )

        self.env["ir.attachment"].create(
            {
                "name": "Letter",
                "raw": SECRET.encode(),
                "res_model": self.profile._name,
                "res_id": self.profile.id,
            }
        )
        self.assertTrue(letters())
        self.contact.unlink()
        self.assertFalse(self.profile.exists())
        self.assertFalse(letters())

    def test_birthdays_are_erased(self):
        values = {
            "account_id": self.account.id,
            "partner_id": self.contact.id,
            "date": "1970-05-05",
        }
        birthday, award = self.env["kam.occasion"].create(
            [
                {**values, "name": "60 years", "kind": "birthday", "active": False},
                {**values, "name": "Award", "kind": "honour"},
            ]
        )
        self.profile.with_user(self.users["amy"]).action_erase()
        self.assertFalse(birthday.exists())
        self.assertTrue(award.exists())

    def test_only_the_erasure_is_noted(self):
        before = self.account.message_ids
        self.profile.action_erase()
        note = self.account.message_ids - before
        self.assertEqual(len(note), 1)
        self.assertEqual(note.author_id, self.users["amy"].partner_id)
        self.assertIn("Personal data of a contact was erased", note.body)
        self.assertNotIn("Boss", note.body)
        self.assertFalse(self.contact.message_ids.filtered(lambda m: SECRET in m.body))
