from odoo.tests import new_test_user, tagged

from .common import LIMIT, MODELS, SECRETS, SecrecyCase


@tagged("post_install", "-at_install")
class TestCreditSecrecyTalk(SecrecyCase):
    """Talk, mail and approvals tell nobody; supervisors and auditors may know."""

    def test_chatter_and_mail(self):
        users = [self.users[login] for login in ("amy", "ben", "joe", "portal")]
        self._approve(self.request, "sam", "max")
        self._approve(self.release, "sue")
        self.assertEqual(self.account.credit_grade_id, self.yellow)
        for record in (self.account, self.partner, self.order):
            messages = record.message_ids
            self.assertSilent(messages.mapped("body"))
            self.assertFalse(
                messages.tracking_value_ids.field_id.filtered(
                    lambda field: field.name in (*SECRETS, "credit_limit")
                )
            )
        partners = self.env["res.partner"].union(*(user.partner_id for user in users))
        mails = self.env["mail.mail"].search([("recipient_ids", "in", partners.ids)])
        self.assertSilent(mails.mapped("body_html"))
        for document in (self.request, self.release, self.assessment):
            followers = document.sudo().message_follower_ids.partner_id
            self.assertFalse(followers & partners, document)
            self.assertFalse(
                document.sudo().message_ids.notified_partner_ids & partners
            )

    def test_messages_and_activities_of_credit_documents(self):
        secret = "Red list, 7654321"
        self.request.message_post(body=secret)
        for login in ("amy", "ben", "joe", "portal"):
            env = self.env(user=self.users[login])
            with self.subTest(login=login):
                messages = env["mail.message"].search([("model", "like", "kam.credit")])
                self.assertSilent(messages.mapped("body"))
                self.assertNotIn(self.request._name, messages.mapped("model"))
                found = []
                if login != "portal":
                    found = env["mail.activity"].search(
                        [("res_model", "like", "kam.credit")]
                    )
                self.assertFalse(found)

    def test_approvals(self):
        for login in ("amy", "ben", "joe", "portal"):
            env = self.env(user=self.users[login])
            rows = self.env["kam.approval"]
            if login in ("amy", "ben"):
                rows = env["kam.approval"].search([("res_model", "like", "kam.credit")])
            with self.subTest(login=login):
                # Who asks for the release of an order may know what became of it.
                own = self.release.approval_ids.filtered(
                    lambda row, user=env.user: row.applicant_id == user
                )
                self.assertEqual(rows.ids, own.ids)
                self.assertSilent(rows.read(["name", "comment", "document"]))
                self.assertFalse(any(rows.mapped("document")))

    def test_warning_of_core(self):
        """The warning of accounting on orders and invoices has figures for some."""
        accountant = new_test_user(
            self.env,
            "acc",
            "account.group_account_invoice,sales_team.group_sale_salesman_all_leads",
            company_id=self.company.id,
            company_ids=self.company.ids,
        )
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.partner.id,
                "invoice_user_id": self.users["amy"].id,
                "invoice_line_ids": [
                    (0, 0, {"product_id": self.product.id, "price_unit": 9000000})
                ],
            }
        )
        for record in (self.order, invoice):
            for user, told in (
                (self.users["amy"], False),
                (self.users["sue"], True),
                (self.users["eve"], True),
                (accountant, True),
            ):
                self.env.invalidate_all()
                warning = record.with_user(user).sudo().partner_credit_warning
                with self.subTest(record=record._name, user=user.login):
                    self.assertEqual("7,654,321" in (warning or ""), told)
                    if not told:  # not even that it is exceeded
                        self.assertFalse(warning)

    # ------------------------------------------------------------
    # Who may see them
    # ------------------------------------------------------------

    def test_supervisors_see_their_territory(self):
        other = new_test_user(
            self.env,
            "sid",
            "key_account_management.group_kam_supervisor",
            company_id=self.company.id,
            company_ids=self.company.ids,
        )
        self.env["crm.team"].create({"name": "West", "user_id": other.id})
        for login, count in (
            ("sue", 1),
            ("sam", 1),
            ("max", 1),
            ("tom", 1),
            ("sid", 0),
        ):
            user = self.users.get(login, other)
            env = self.env(user=user)
            for name in MODELS:
                if name.endswith((".grade", ".indicator", ".type")):
                    continue
                records = env[name].search([])
                with self.subTest(login=login, model=name):
                    self.assertEqual(bool(records), bool(count))
                    if count:
                        records.read()
                    else:
                        self._denied(self.env[name].search([]).with_env(env).read)
            if count:
                account = self.account.with_env(env)
                self.assertEqual(account.credit_grade_id.name, "Red list")
                self.assertEqual(account.credit_limit, LIMIT)
                partner = self.partner.with_env(env)
                self.assertIn(
                    partner,
                    partner.search([("kam_credit_grade_id.name", "=", "Red list")]),
                )

    def test_auditor_changes_nothing(self):
        env = self.env(user=self.users["tom"])
        for name in MODELS:
            record = env[name].search([], limit=1)
            with self.subTest(model=name):
                self._denied(record.write, {"display_name": "x"})
                self._denied(record.unlink)
                self._denied(record.create, {})
        for method in ("action_approve", "action_submit", "action_withdraw"):
            self._denied(getattr(self.request.with_env(env), method))
