"""What the people of the demo company have entered and decided.

Three months ago the first tiers were decided; since then the figures have moved on,
and some proposals wait for the key-account manager.
"""

from datetime import datetime, time, timedelta

from dateutil.relativedelta import relativedelta
from markupsafe import Markup

from odoo import Command, api, models

from .kam_demo_plan import read_customers

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
        "note": "三季度起部分订单转给了竞争对手。<br/>Part of the orders has gone to a "
        "competitor since the summer."
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
    _inherit = "kam.demo"

    @api.model
    def _create_register(self, company):
        self._create_judged_accounts(company)
        self._decide_first_tiers(company)
        self._demand_performance(company)
        self.env["kam.account"]._refresh(company)
        today = company._kam_today()
        self.env["kam.account.snapshot"]._rebuild(
            company,
            today - relativedelta(months=SNAPSHOT_MONTHS),
            today,
        )
        self._enter_by_hand()
        self._schedule_activities(today)
        self._decide_some_proposals()

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
    # Tiers
    # ------------------------------------------------------------

    @api.model
    def _decide_first_tiers(self, company):
        """Put all accounts into the tiers that the rules called for at that time."""
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

    @api.model
    def _decide_some_proposals(self):
        """One proposal of the rules is rejected, and a person makes one."""
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
