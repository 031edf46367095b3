"""A believable company with people, products and currencies, and how all is loaded.

Called from ``kam_demo.xml`` and from tests. Each capability extends ``_create_records``
in a folder of its own.
"""

import pytz
from dateutil.relativedelta import relativedelta

from odoo import Command, api, models
from odoo.fields import Datetime
from odoo.tools.convert import ParseError

MODULE = "key_account_management"
TIMEZONE = "Asia/Shanghai"
VAT = "增值税 VAT 13%"
# login: (name, group, job)
USERS = {
    "linwei": ("林伟 Lin Wei", "group_kam_user", "Account manager"),
    "wangfang": ("王芳 Wang Fang", "group_kam_user", "Account manager"),
    "chenjie": ("陈杰 Chen Jie", "group_kam_user", "Account manager"),
    "zhaomin": ("赵敏 Zhao Min", "group_kam_supervisor", "Supervisor East"),
    "huanglei": ("黄磊 Huang Lei", "group_kam_supervisor", "Supervisor South"),
    "sunli": ("孙丽 Sun Li", "group_kam_manager", "Key-account manager"),
    "zhoutao": ("周涛 Zhou Tao", "group_kam_director", "Marketing director"),
    "wugang": ("吴刚 Wu Gang", "group_kam_executive", "General manager"),
    "xujing": ("徐静 Xu Jing", "group_kam_auditor", "Auditor"),
}
# key: (name, parent, leader, members)
TERRITORIES = {
    "headquarters": (
        "总部大客户管理中心 Key-Account Centre",
        None,
        "zhoutao",
        (),
    ),
    "coast": ("沿海大区 Coastal Greater Region", "headquarters", "sunli", ()),
    "east": ("华东区 East", "coast", "zhaomin", ("linwei", "wangfang")),
    "south": ("华南区 South", "coast", "huanglei", ("chenjie",)),
}
# key: (name, list price)
PRODUCTS = {
    "machining": ("精密加工 Precision Machining", 380.0),
    "gears": ("齿轮磨削 Gear Grinding", 620.0),
    "heat": ("热处理 Heat Treatment", 145.0),
    "coating": ("表面处理 Surface Coating", 95.0),
    "tooling": ("工装设计 Tooling Design", 1250.0),
    "testing": ("检测服务 Testing", 210.0),
}
# Units of the company's currency for one of the foreign currency, on average
FOREIGN_CURRENCIES = {"USD": 7.15, "EUR": 7.8}


class DemoError(ParseError):
    """The demo data does not show what it should.

    Of all errors, Odoo passes on this kind as it is, without adding where it happened.
    """


class KamDemo(models.AbstractModel):
    _name = "kam.demo"
    _description = "Key Account Demo Data"

    @api.model
    def _load(self):
        """Create the demo company with everything in it, once.

        :return: the company
        :raise DemoError: a customer does not show what ``customers.csv`` wants
        """
        company = self.env.ref(f"{MODULE}.demo_company", raise_if_not_found=False)
        if company:
            return company
        try:
            with self.env.cr.savepoint():
                company = self._create_company()
                demo = self.with_company(company).with_context(
                    # No mail to followers of demo records, and no log of their creation
                    mail_create_nolog=True,
                    mail_create_nosubscribe=True,
                    mail_activity_quick_update=True,
                    mail_notrack=True,
                    tracking_disable=True,
                    tz=TIMEZONE,
                )
                demo._create_records(company.with_env(demo.env))
        except Exception:
            self._forget_customer_ranks()
            raise
        return company.with_env(self.env(context={}))

    @api.model
    def _create_records(self, company):
        """Hook for the capabilities, those that others need first.

        :return: the company
        """
        self._create_users(company)
        self._create_territories(company)
        self._create_currencies(company)
        self._create_products(company)
        return company

    @api.model
    def _forget_customer_ranks(self):
        """Keep core from counting, after the commit, the sales of customers that are
        gone: a savepoint does not take back what waits for the commit.
        """
        counted = "account.res.partner.increase_rank.customer_rank"
        self.env.cr.postcommit.data.get(counted, {}).clear()

    @api.model
    def _check_shown(self, name, wanted, found):
        """Stop when a customer does not show what it should.

        :param str name: the column of the table
        :param dict wanted, found: values by name of the customer
        """
        for customer, value in wanted.items():
            if found.get(customer, "") != value:
                raise DemoError(
                    f"Demo data, {customer}: {name} should be {value or 'empty'}, "
                    f"but is {found.get(customer) or 'empty'}."
                )

    # ------------------------------------------------------------
    # Names of records
    # ------------------------------------------------------------

    @api.model
    def _ref(self, name):
        return self.env.ref(f"{MODULE}.demo_{name}")

    @api.model
    def _keep(self, prefix, names, records):
        """Give records external ids that an upgrade of the addon leaves alone."""
        self.env["ir.model.data"]._update_xmlids(
            [
                {
                    "xml_id": f"{MODULE}.demo_{prefix}{name}",
                    "record": record,
                    "noupdate": True,
                }
                for name, record in zip(names, records, strict=True)
            ]
        )
        return records

    @api.model
    def _utc(self, company, moment):
        """Naive UTC timestamp of a moment where the company is."""
        local = company._kam_timezone().localize(moment)
        return Datetime.to_datetime(local.astimezone(pytz.utc).replace(tzinfo=None))

    # ------------------------------------------------------------
    # Company
    # ------------------------------------------------------------

    @api.model
    def _create_company(self):
        currency = self.env.ref("base.CNY")
        currency.active = True
        company = (
            self.env["res.company"]
            # The criteria and tiers are those of the main company. With install_mode
            # the country does not install a localisation, which would commit.
            .with_company(self.env.ref("base.main_company"))
            .with_context(install_mode=True)
            .create(
                {
                    "name": "长青精工 Evergreen Precision",
                    "country_id": self.env.ref("base.cn").id,
                    "city": "上海 Shanghai",
                    "street": "浦东新区张江路 88 号",
                    "phone": "+86 21 5550 0100",
                    "currency_id": currency.id,
                }
            )
        )
        self._keep("", ["company"], company)
        # Not with the others: a new company is looked up online by its address.
        company.email = "info@evergreen-precision.example.com"
        company.resource_calendar_id.tz = TIMEZONE
        # `try_loading` warns while addons are being installed, as the addons to come
        # might extend the chart: not this one.
        self.env["account.chart.template"].with_company(company)._load(
            "generic_coa", company, install_demo=False
        )
        company.currency_id = currency
        self._set_up_taxes(company)
        return company

    @api.model
    def _set_up_taxes(self, company):
        """Chinese VAT on sales at home, none on exports.

        The generic chart is that of the United States, from where all customers would
        be abroad.
        """
        china = company.country_id
        company.account_fiscal_country_id = china
        own = [("company_id", "=", company.id)]
        taxes = self.env["account.tax"].search(own)
        taxes.tax_group_id.country_id = china
        taxes.country_id = china
        positions = self.env["account.fiscal.position"].search(own)
        positions.filtered("country_id").country_id = china
        vat = company.account_sale_tax_id
        vat.write({"name": VAT, "invoice_label": "13%", "amount": 13})
        vat.tax_group_id.name = VAT

    @api.model
    def _create_users(self, company):
        admin = self.env.ref("base.user_admin")
        admin.write(
            {"company_ids": [Command.link(company.id)], "company_id": company.id}
        )
        users = (
            self.env["res.users"]
            .with_context(no_reset_password=True)
            .create(
                [
                    {
                        "name": name,
                        "login": login,
                        "password": login,
                        "email": f"{login}@evergreen-precision.example.com",
                        "function": job,
                        "tz": TIMEZONE,
                        "company_id": company.id,
                        "company_ids": [Command.set(company.ids)],
                        "group_ids": [
                            Command.set(self.env.ref(f"{MODULE}.{group}").ids)
                        ],
                    }
                    for login, (name, group, job) in USERS.items()
                ]
            )
        )
        self._keep("user_", USERS, users)

    @api.model
    def _create_territories(self, company):
        for key, (name, parent, leader, members) in TERRITORIES.items():
            team = self.env["crm.team"].create(
                {
                    "name": name,
                    "company_id": company.id,
                    "kam_parent_id": self._ref(f"team_{parent}").id
                    if parent
                    else False,
                    "user_id": self._ref(f"user_{leader}").id,
                    "member_ids": [
                        Command.link(self._ref(f"user_{login}").id) for login in members
                    ],
                }
            )
            self._keep("team_", [key], team)

    @api.model
    def _create_currencies(self, company):
        """Foreign currencies with the rates of two years, and a pricelist each."""
        today = company._kam_today()
        for code, value in FOREIGN_CURRENCIES.items():
            currency = self.env.ref(f"base.{code}")
            currency.active = True
            self.env["res.currency.rate"].create(
                [
                    {
                        "name": today - relativedelta(months=months, day=1),
                        "currency_id": currency.id,
                        "company_id": company.id,
                        # Up and down by two per cent over the years
                        "rate": 1 / (value * (1 + 0.02 * (months % 5 - 2) / 2)),
                    }
                    for months in range(48)
                ]
            )
            pricelist = self.env["product.pricelist"].create(
                {
                    "name": f"出口 Export {code}",
                    "currency_id": currency.id,
                    "company_id": company.id,
                }
            )
            self._keep("pricelist_", [code.lower()], pricelist)

    @api.model
    def _create_products(self, company):
        # Services, so that it needs no stock
        products = self.env["product.product"].create(
            [
                {
                    "name": name,
                    "type": "service",
                    "invoice_policy": "order",
                    "list_price": price,
                    "company_id": company.id,
                    "taxes_id": [Command.set(company.account_sale_tax_id.ids)],
                    "supplier_taxes_id": [Command.clear()],
                }
                for name, price in PRODUCTS.values()
            ]
        )
        self._keep("product_", PRODUCTS, products)
