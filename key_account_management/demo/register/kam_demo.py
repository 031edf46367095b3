"""Customers of the demo company, and what its people have entered and decided.

Three months ago the first tiers were decided; since then the figures have moved on,
and some proposals wait for the key-account manager.
"""

from datetime import datetime, time, timedelta

from dateutil.relativedelta import relativedelta
from markupsafe import Markup

from odoo import Command, api, models

from ..base.kam_demo import FOREIGN_CURRENCIES
from .kam_demo_plan import DECIDED, plan_trade, read_customers

INDUSTRIES = {
    "automotive": "汽车零部件 Automotive Parts",
    "machinery": "工程机械 Machinery",
    "energy": "新能源 New Energy",
    "electronics": "电子 Electronics",
    "medical": "医疗器械 Medical Devices",
    "rail": "轨道交通 Rail",
}
# Names of the tiers in ``customers.csv``, the highest first
TIERS = ("strategic", "core", "key")
# customer: (name, job) of contacts
CONTACTS = {
    "huadong": (
        ("王建国 Wang Jianguo", "采购总监 Purchasing director"),
        ("李秀英 Li Xiuying", "设备科长 Head of equipment"),
    ),
    "jianghai": (
        ("张志强 Zhang Zhiqiang", "总经理 General manager"),
        ("刘洋 Liu Yang", "采购员 Buyer"),
    ),
    "xinghui": (
        ("陈晓东 Chen Xiaodong", "技术总监 Technical director"),
        ("何静 He Jing", "供应链经理 Supply chain manager"),
    ),
    "dazhong": (("马德胜 Ma Desheng", "车间主任 Workshop head"),),
    "kaida": (("郑海峰 Zheng Haifeng", "集团采购 Group purchasing"),),
    "pacific": (("Dana Whitfield", "Strategic sourcing"),),
    "nordwind": (("Jonas Brandt", "Leiter Einkauf"),),
    "shenlan": (("罗敏 Luo Min", "质量经理 Quality manager"),),
}
DECIDED_MONTHS_AGO = 3
SNAPSHOT_MONTHS = 12
# customer: (user, role)
MEMBERS = {
    "huadong": (("wangfang", "sales"), ("huanglei", "after_sales")),
    "jianghai": (("wangfang", "sales"), ("zhaomin", "training")),
    "nordwind": (("linwei", "marketing"), ("huanglei", "finance")),
    "xinghui": (("chenjie", "sales"), ("zhaomin", "marketing")),
    "kaida": (("linwei", "manager"), ("zhaomin", "sales")),
}
# customer: values entered by hand
ENTERED = {
    "huadong": {
        "note": "行业龙头，年度框架协议四季度续签。<br/>Leads its industry; the frame "
        "contract is renewed in the fourth quarter."
    },
    "jianghai": {"cooperation_manual": "strategic"},
    "zhixin": {
        "size_manual": "medium",
        "note": "样件已通过认证，明年量产。<br/>Samples are approved, series "
        "production starts next year.",
    },
    "kaida": {
        "cooperation_manual": "strategic",
        "note": "集团统一谈判，子公司分别下单。<br/>The holding negotiates, its "
        "subsidiaries order.",
    },
    "dazhong": {
        "note": "部分订单转给了竞争对手。<br/>Part of the orders has gone to a "
        "competitor."
    },
}
# customer, activity type, days from today, user, summary
ACTIVITIES = (
    ("dazhong", "meeting", -4, "wangfang", "高层拜访 Executive visit: lost orders"),
    ("huadong", "meeting", 9, "linwei", "年度框架谈判 Frame contract talks"),
    ("xinghui", "call", 2, "linwei", "产能规划 Capacity for next quarter"),
    ("zhixin", "call", 5, "linwei", "样件反馈 Feedback on samples"),
    ("nordwind", "todo", 14, "chenjie", "报价更新 New quotation for gear sets"),
    ("pacific", "call", 0, "chenjie", "催款 Overdue invoices"),
)


class KamDemo(models.AbstractModel):
    _name = "kam.demo"
    _inherit = ["kam.demo", "kam.demo.trade"]  # pylint: disable=R8180

    @api.model
    def _create_records(self, company):
        super()._create_records(company)
        self._create_customers(company)
        self._create_trade(company, plan_trade(read_customers(), company._kam_today()))
        self._create_register(company)
        return company

    @api.model
    def _create_register(self, company):
        self._create_judged_accounts(company)
        self._decide_first_tiers(company)
        self.env["kam.account"]._refresh(company)
        self._check_figures()
        today = company._kam_today()
        self.env["kam.account.snapshot"]._rebuild(
            company,
            today - relativedelta(months=SNAPSHOT_MONTHS),
            today,
        )
        self._enter_by_hand()
        self._schedule_activities(today)
        self._decide_some_proposals()
        self._check_decisions()

    # ------------------------------------------------------------
    # Customers
    # ------------------------------------------------------------

    @api.model
    def _create_customers(self, company):
        industries = self.env["res.partner.industry"].create(
            [{"name": name} for name in INDUSTRIES.values()]
        )
        self._keep("industry_", INDUSTRIES, industries)
        rows = read_customers()
        partners = self.env["res.partner"].create(
            [self._customer_values(row, company) for row in rows]
        )
        self._keep("customer_", [row["key"] for row in rows], partners)
        for row, partner in zip(rows, partners, strict=True):
            if row["parent"]:
                partner.parent_id = self._ref(f"customer_{row['parent']}")
        self.env["res.partner"].create(
            [
                {
                    "name": name,
                    "function": job,
                    "parent_id": self._ref(f"customer_{key}").id,
                    "company_id": company.id,
                }
                for key, contacts in CONTACTS.items()
                for name, job in contacts
            ]
        )

    @api.model
    def _customer_values(self, row, company):
        terms = {
            15: "account.account_payment_term_15days",
            30: "account.account_payment_term_30days",
            45: "account.account_payment_term_45days",
        }
        values = {
            "name": row["name"],
            "is_company": True,
            "company_id": company.id,
            "country_id": self.env.ref(f"base.{row['country']}").id,
            "industry_id": self._ref(f"industry_{row['industry']}").id,
            "user_id": self._ref(f"user_{row['manager']}").id,
            "property_payment_term_id": self.env.ref(terms[row["term"]]).id,
        }
        if row["currency"] in FOREIGN_CURRENCIES:
            pricelist = self._ref(f"pricelist_{row['currency'].lower()}")
            values["specific_property_product_pricelist"] = pricelist.id
        return values

    @api.model
    def _account(self, key):
        partner = self._ref(f"customer_{key}")
        return (
            self.env["kam.account"]
            .with_context(active_test=False)
            .search(
                [
                    ("partner_id", "=", partner.id),
                    ("company_id", "=", self.env.company.id),
                ]
            )
        )

    @api.model
    def _create_judged_accounts(self, company):
        """Accounts of the customers whose influence and fit somebody has judged.

        Before the first refresh, which creates all others: no proposals are made of
        half a picture then.
        """
        rows = [r for r in read_customers() if r["influence"] or r["strategic_fit"]]
        partners = {row["key"]: self._ref(f"customer_{row['key']}") for row in rows}
        self.env["kam.account"].create(
            [
                {
                    "partner_id": partners[row["key"]].id,
                    "company_id": company.id,
                    "manager_id": partners[row["key"]].user_id.id,
                    "team_id": partners[row["key"]].user_id.sale_team_id.id,
                    "influence": row["influence"],
                    "strategic_fit": row["strategic_fit"],
                }
                for row in rows
            ]
        )

    # ------------------------------------------------------------
    # What is shown
    # ------------------------------------------------------------

    @api.model
    def _check_figures(self):
        """Stop unless the figures put all customers where they should be."""
        self._check_tiers()
        ruled = {key: movement for key, (movement, _shown) in DECIDED.items()}
        self._check_accounts("movement", self._show_movement, ruled)

    @api.model
    def _check_tiers(self):
        names = dict(zip(self.env.company._kam_tiers(), TIERS, strict=True))

        def show(account):
            potential = "potential" if account.is_potential else ""
            return names.get(account.tier_id, potential)

        self._check_accounts("tier", show)

    @api.model
    def _check_decisions(self):
        self._check_accounts("movement", self._show_movement)

    @api.model
    def _show_movement(self, account):
        return account.pending_proposal_id.movement or ""

    @api.model
    def _check_accounts(self, column, show, others=None):
        """Compare a column of ``customers.csv`` with the accounts.

        :param show: function from an account to its value
        :param dict others: values wanted instead, by key of the customer
        """
        # Some of it is computed without saying from what.
        self.env["kam.account"].invalidate_model()
        rows = read_customers()
        wanted = {row["key"]: row[column] for row in rows} | (others or {})
        self._check_shown(
            column,
            {row["name"]: wanted[row["key"]] for row in rows},
            {row["name"]: show(self._account(row["key"])) for row in rows},
        )

    # ------------------------------------------------------------
    # Tiers
    # ------------------------------------------------------------

    @api.model
    def _decide_first_tiers(self, company):
        """Put all accounts into the tiers that the rules called for at that time.

        :return: the accounts
        """
        day = company._kam_today() - relativedelta(months=DECIDED_MONTHS_AGO)
        self.env["kam.account"]._refresh(company, date=day)
        accounts = self.env["kam.account"].search(
            [("company_id", "=", company.id), ("tier_computed_id", "!=", False)]
        )
        manager = self._ref("user_sunli")
        last_message = self.env["mail.message"].search([], order="id desc", limit=1)
        for tier, members in accounts.grouped("tier_computed_id").items():
            reason = "首次分级 First classification"
            members.with_user(manager)._assign_tier(
                tier, dict.fromkeys(members.ids, reason)
            )
        # Decisions are dated when they are made: these were made three months ago.
        moment = self._utc(company, datetime.combine(day, time(15, 30)))
        accounts.tier_date = day
        accounts.history_ids.date = moment
        self.env["mail.message"].search(
            [
                ("model", "=", "kam.account"),
                ("res_id", "in", accounts.ids),
                ("id", ">", last_message.id),
            ]
        ).date = moment
        return accounts

    @api.model
    def _decide_some_proposals(self):
        """One proposal of the rules is rejected, and a person makes one (DECIDED)."""
        self._account("lingdong").pending_proposal_id.with_user(
            self._ref("user_sunli")
        ).action_refuse(
            "订单多而金额小，再观察一季度。Many small orders: wait a quarter."
        )
        strategic = self.env.company.kam_tier_ids[0]
        yuantong = self._account("yuantong")
        self.env["kam.tier.proposal"].with_user(self._ref("user_zhaomin"))._propose(
            yuantong.with_user(self._ref("user_zhaomin")),
            strategic,
            "中标两条地铁线路。Won the tenders for two metro lines.",
        )

    # ------------------------------------------------------------
    # Daily work
    # ------------------------------------------------------------

    @api.model
    def _enter_by_hand(self):
        for key, members in MEMBERS.items():
            self._account(key).member_ids = [
                Command.create({"user_id": self._ref(f"user_{login}").id, "role": role})
                for login, role in members
            ]
        for key, values in ENTERED.items():
            if "note" in values:
                values = {
                    **values,
                    "note": Markup("<p>%s</p>") % Markup(values["note"]),
                }
            self._account(key).write(values)

    @api.model
    def _schedule_activities(self, today):
        for key, kind, days, login, summary in ACTIVITIES:
            self._account(key).activity_schedule(
                f"mail.mail_activity_data_{kind}",
                date_deadline=today + timedelta(days=days),
                summary=summary,
                user_id=self._ref(f"user_{login}").id,
            )
