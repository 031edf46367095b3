from odoo.fields import Domain
from odoo.tests import HttpCase, JsonRpcException, tagged
from odoo.tools import mute_logger

from .common import MODELS, SECRETS, STORED, SecrecyCase


@tagged("post_install", "-at_install")
class TestCreditSecrecy(SecrecyCase):
    """Grade, limit, rate and scores are for supervisors and auditors only (G6)."""

    # ------------------------------------------------------------
    # The register
    # ------------------------------------------------------------

    def test_every_secret_field_is_known(self):
        fields_ = self.Account._fields.values()
        secret = {
            field.name
            for field in fields_
            if field.name.startswith(("credit_", "performance_", "obligation_"))
        }
        self.assertEqual(secret, {*SECRETS, "performance_hold_date"})

    def test_register(self):
        for login in ("amy", "ben"):
            account = self._as(login, self.account)
            self.assertTrue(account.read(["revenue_12m"])[0]["revenue_12m"])
            for fname in SECRETS:
                with self.subTest(login=login, field=fname):
                    self._denied(account.read, [fname])
                    self._denied(account.web_read, {fname: {}})
                    self._denied(lambda a=account, n=fname: a[n])
                    self._denied(account.export_data, [fname])
                    self._denied(account.search, [(fname, "!=", False)])
                    self._denied(account.mapped, fname)
                    self.assertNotIn(fname, account.fields_get())
                    self._denied(
                        account.env["mail.render.mixin"]._render_template,
                        f"{{{{ object.{fname} }}}}",
                        "kam.account",
                        account.ids,
                        engine="inline_template",
                    )
            for fname in STORED:
                with self.subTest(login=login, field=fname):
                    self._denied(account.search, [], order=fname)
                    self._denied(account._read_group, [], [], [f"{fname}:max"])
                    self._denied(account.formatted_read_group, [], [fname], ["__count"])
                    self._denied(
                        account.formatted_read_group, [], [], [f"{fname}:count"]
                    )

    def test_register_as_a_whole(self):
        for login in ("amy", "ben"):
            account = self._as(login, self.account)
            self.assertFalse(set(account.read()[0]) & {*SECRETS})
            self._denied(account.copy_data)
            self.assertFalse(set(account.default_get(list(SECRETS))))
            self.assertSilent(account.explanation)
            self.assertSilent(account._explain())
            for view_type in ("form", "list", "kanban", "search", "pivot"):
                arch = account.get_view(view_type=view_type)["arch"]
                for fname in SECRETS:
                    self.assertNotIn(f'"{fname}"', arch)
            self._denied(account.onchange, {}, [], {name: {} for name in SECRETS[:11]})

    def test_not_written_either(self):
        self.account.sudo().performance_grace_date = self.company._kam_today()
        for login in ("amy", "sue", "eve"):
            account = self._as(login, self.account)
            for fname in STORED:
                with self.subTest(login=login, field=fname):
                    self._denied(account.write, {fname: False})

    # ------------------------------------------------------------
    # Ways from elsewhere
    # ------------------------------------------------------------

    def test_paths(self):
        paths = {
            "res.partner": (
                "kam_credit_grade_id",
                "kam_credit_grade_id.name",
                "kam_account_id.credit_grade_id",
                "kam_account_id.performance_rate",
                "credit_limit",
            ),
            "sale.order": (
                "partner_id.kam_credit_grade_id.name",
                "partner_id.kam_account_id.credit_score",
                "kam_credit_release_ids.credit_limit",
            ),
            "account.move": ("partner_id.kam_credit_grade_id",),
            "crm.lead": ("partner_id.kam_credit_grade_id",),
            "kam.tier.proposal": (
                "account_id.credit_grade_id.name",
                "partner_id.kam_credit_grade_id",
            ),
            "kam.tier.history": ("account_id.performance_rate",),
            "kam.account.snapshot": ("performance_rate", "account_id.credit_score"),
            "kam.account.member": ("account_id.credit_request_ids.limit_to",),
            "kam.account": (
                "credit_grade_id.name",
                "partner_id.kam_credit_grade_id",
                "credit_request_ids.limit_to",
                "credit_assessment_ids.score",
                "company_id.kam_credit_grade_ids.min_amount",
            ),
            "res.company": ("kam_credit_grade_ids.name", "kam_credit_indicator_ids"),
        }
        for login in ("amy", "ben", "joe", "portal"):
            for model, names in paths.items():
                Model = self.env[model].with_user(self.users[login])
                for path in names:
                    with self.subTest(login=login, model=model, path=path):
                        self._denied(Model.search, [(path, "!=", False)])
                        self._denied(Model.search, [(path, "=", "x")])
                        head, _dot, rest = path.partition(".")
                        if rest:
                            domain = [(head, "any", [(rest, "!=", False)])]
                            self._denied(Model.search, domain)
                            self._denied(
                                Model.search, [(head, "any!", [(rest, "!=", False)])]
                            )

    def test_partner(self):
        for login in ("amy", "ben", "joe", "portal"):
            partner = self._as(login, self.partner)
            for fname in ("kam_credit_grade_id", "credit_limit", "credit"):
                with self.subTest(login=login, field=fname):
                    self._denied(partner.read, [fname])
                    self._denied(partner.export_data, [fname])
                    self.assertNotIn(fname, partner.fields_get())
            self._denied(partner.export_data, ["kam_account_id/credit_limit"])
            self._denied(partner.formatted_read_group, [], ["kam_credit_grade_id"])

    def test_other_records(self):
        for login in ("amy", "ben"):
            env = self.env(user=self.users[login])
            for model in ("kam.account.snapshot", "kam.tier.history"):
                records = env[model].search([])
                self.assertTrue(records, model)
                self.assertSilent(records.read())
                self._denied(records.export_data, ["account_id/performance_rate"])
                self._denied(
                    records.web_read, {"account_id": {"fields": {"credit_score": {}}}}
                )
        self._denied(
            records.env["kam.account.snapshot"].search([])[:1].read,
            ["performance_rate"],
        )

    def test_company_is_still_readable(self):
        values = self._as("amy", self.company).read()[0]
        self.assertIn("kam_tier_ids", values)
        for login in ("amy", "joe", "portal"):
            names = self._as(login, self.company).fields_get()
            self.assertNotIn("kam_credit_grade_ids", names)
            self.assertNotIn("kam_credit_indicator_ids", names)

    def test_settings(self):
        for login in ("amy", "joe"):
            Settings = self.env["res.config.settings"].with_user(self.users[login])
            self._denied(Settings.create, {})

    def test_saved_filter(self):
        env = self.env(user=self.users["amy"])
        saved = env["ir.filters"].create(
            {
                "name": "Bad ones",
                "model_id": "kam.account",
                "domain": "[('credit_grade_id.name', '=', 'Red list')]",
                "user_ids": [(6, 0, env.user.ids)],
            }
        )
        self._denied(env["kam.account"].search, Domain(saved._get_eval_domain()))

    # ------------------------------------------------------------
    # Models of credit
    # ------------------------------------------------------------

    def test_models(self):
        for login in ("amy", "ben", "joe", "portal"):
            for name in MODELS:
                with self.subTest(login=login, model=name):
                    Model = self.env[name].with_user(self.users[login])
                    record = self.env[name].sudo().search([], limit=1)
                    self.assertTrue(record)
                    self._denied(Model.search, [])
                    self._denied(Model.search_count, [])
                    self._denied(Model.name_search, "")
                    self._denied(Model.formatted_read_group, [], [], ["__count"])
                    self._denied(Model.browse(record.ids).read, ["display_name"])
                    self._denied(Model.browse(record.ids).export_data, ["id"])
                    self._denied(Model.create, {})

    def test_reports(self):
        """Those of credit are denied; what others print of accounts is silent."""
        reports = self.env["ir.actions.report"].search(
            [("model", "in", (*MODELS, "kam.account"))]
        )
        supervisor = self.env.ref("key_account_management.group_kam_supervisor")
        secret = reports.filtered(lambda r: supervisor in r.group_ids)
        self.assertGreaterEqual(len(secret), 3)
        for report in reports:
            for login in ("amy", "joe"):
                mine = report.with_user(self.users[login])
                records = self.env[report.model].with_user(self.users[login])
                with self.subTest(login=login, report=report.report_name):
                    if report in secret or login == "joe":
                        every = records.sudo().search([])
                        self._denied(mine._render_qweb_html, report.id, every.ids)
                    else:
                        seen = records.search([])
                        self.assertTrue(seen)
                        page, _type = mine._render_qweb_html(report.id, seen.ids)
                        self.assertSilent(page.decode())

    def test_attachments(self):
        files = self.env["ir.attachment"].search(
            [("res_model", "=", "kam.credit.document"), ("res_field", "=", "file")]
        )
        self.assertEqual(len(files), len(self.documents))
        for login in ("amy", "ben", "joe", "portal"):
            mine = files.with_user(self.users[login])
            with self.subTest(login=login):
                self.assertFalse(
                    mine.search([("id", "in", files.ids), ("res_field", "!=", False)])
                )
                self._denied(mine.read, ["datas"])
        self.assertTrue(files.with_user(self.users["sue"]).read(["datas"]))


@tagged("post_install", "-at_install")
class TestCreditSecrecyRpc(SecrecyCase, HttpCase):
    """The same over the wire."""

    def _call(self, model, method, *args, **kwargs):
        return self.make_jsonrpc_request(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": args, "kwargs": kwargs},
        )

    @mute_logger("odoo.http")
    def test_rpc(self):
        account, partner = self.account.ids, self.partner.ids
        specification = {name: {} for name in SECRETS}
        calls = [
            ("kam.account", "read", account, ["credit_score"]),
            ("kam.account", "web_read", account, {"credit_grade_id": {}}),
            ("kam.account", "web_search_read", [], {"performance_rate": {}}),
            (
                "kam.account",
                "search_count",
                [["credit_grade_id.name", "=", "Red list"]],
            ),
            ("kam.account", "search", [["credit_score", ">", 80]]),
            ("kam.account", "formatted_read_group", [], ["credit_grade_id"]),
            ("kam.account", "export_data", account, ["credit_limit"]),
            ("kam.credit.grade", "name_search", ""),
            ("kam.credit.request", "web_search_read", [], {"limit_to": {}}),
            ("kam.credit.release", "read", self.release.ids),
            ("res.partner", "read", partner, ["kam_credit_grade_id"]),
            ("res.partner", "search", [["kam_credit_grade_id.name", "=", "Red list"]]),
            ("kam.account", "_get_valid_assessment", account),
            ("kam.account", "onchange", account, {}, [], specification),
        ]
        for login in ("amy", "joe", "portal"):
            self.authenticate(login, login)
            for model, method, *args in calls:
                with self.subTest(login=login, model=model, method=method):
                    with self.assertRaises(JsonRpcException):
                        self._call(model, method, *args)
        self.authenticate("amy", "amy")
        order = self._call(
            "sale.order",
            "web_read",
            self.order.ids,
            {"kam_credit_result": {}, "partner_credit_warning": {}},
        )
        self.assertEqual(order[0]["kam_credit_result"], "approval")
        self.assertSilent(order)
        self.authenticate("sue", "sue")
        values = self._call("kam.account", "read", account, ["credit_score"])
        self.assertEqual(values[0]["credit_score"], 81.25)
