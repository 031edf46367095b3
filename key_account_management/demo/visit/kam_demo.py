"""Visits in the demo company: held, late in their follow-up, and to come."""

from datetime import datetime, time, timedelta

from odoo import Command, api, models

FRIDAY = 4
# Contacts whose level nobody has entered yet, by words of their job
LEVELS = (
    ("executive", ("总经理", "总监", "集团")),
    ("middle", ("科长", "主任", "经理", "Leiter", "sourcing")),
    ("front", ("采购员",)),
)
# Where the leader of the territory comes along
LED = ("xinghui", "zhixin")
# customer, days ago, hour, method, what was said, attitude, next step
HELD = (
    (
        "huadong",
        34,
        9,
        "face",
        "年度框架协议续签，希望交期缩短到三周。Frame contract renewed; wants "
        "delivery in three weeks.",
        "warm",
        "",
    ),
    (
        "huadong",
        6,
        14,
        "face",
        "新产线即将投产，需要磨齿件。New line starts soon and needs ground gears.",
        "warm",
        "提交磨齿方案 Send the offer for ground gears",
    ),
    (
        "jianghai",
        12,
        10,
        "face",
        "热处理批次变形，要求整改报告。Distortion in a batch; wants a report.",
        "cold",
        "送交整改报告 Deliver the report",
    ),
    (
        "xinghui",
        3,
        15,
        "online",
        "讨论电池壳体样件。Samples of battery housings discussed.",
        "neutral",
        "寄送样件 Send samples",
    ),
    (
        "nordwind",
        20,
        16,
        "phone",
        "Jonas Brandt asks for a quotation in euros.",
        "neutral",
        "",
    ),
)
# customer, working days ahead, hour, type
COMING = (
    ("huadong", 1, 9, "regular"),
    ("xinghui", 2, 14, "executive"),
    ("zhixin", 3, 10, "development"),
    ("pacific", 5, 10, "regular"),
)
# by type of visit
PURPOSES = {
    "regular": "保持联系，了解需求与问题 Keep in touch, hear needs and problems",
    "executive": "加深高层关系 Deepen the relationship between the managements",
    "development": "发掘需求，展示能力 Find the need, show what we can do",
}
# customer, kind, what
FINDINGS = (
    ("huadong", "opportunity", "新产线磨齿件 Ground gears for the new line"),
    ("huadong", "promise", "三周交期试运行 Try delivery in three weeks"),
    ("jianghai", "problem", "热处理变形 Distortion after heat treatment"),
    ("xinghui", "information", "竞争对手报价低 8% A rival is 8 % cheaper"),
)


class KamDemo(models.AbstractModel):
    _inherit = "kam.demo"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _create_records(self, company):
        """A month of visits, findings in all states, one cadence long overdue."""
        super()._create_records(company)
        self._enter_levels(company)
        self._hand_over_findings(self._create_held_visits(company))
        for key, days, hour, kind in COMING:
            self._create_visit(company, key, days, hour, kind=kind, state="planned")
        self.env["kam.visit"]._cron_escalate_follow_ups()
        return company

    @api.model
    def _create_held_visits(self, company):
        """:return: the last visit to each customer by its key"""
        visits = {}
        for key, days, hour, method, points, attitude, step in HELD:
            visits[key] = self._create_visit(
                company,
                key,
                -days,
                hour,
                method=method,
                main_points=points,
                attitude=attitude,
                next_step=step,
                state="done",
            )
        visits["huadong"].write(
            {
                "customer_thinking": "扩产求稳 Expand without risk",
                "suggestions": "高层互访 Visit of our management",
                "experience": "样件说服力强 Samples convince",
                "shortcomings": "未带价格表 Price list forgotten",
                "improvement": "按清单准备 Prepare by the checklist",
                "gift_budget": 300,
                "gift_actual": 260,
                "expense_budget": 500,
                "expense_actual": 540,
            }
        )
        return visits

    @api.model
    def _hand_over_findings(self, visits):
        for key, kind, name in FINDINGS:
            finding = self.env["kam.visit.finding"].create(
                {
                    "visit_id": visits[key].id,
                    "kind": kind,
                    "name": name,
                    "user_id": visits[key].user_id.id,
                }
            )
            if kind != "information":
                finding.action_hand_over()

    @api.model
    def _enter_levels(self, company):
        contacts = self.env["res.partner"].search(
            [
                ("company_id", "=", company.id),
                ("function", "!=", False),
                ("parent_id", "!=", False),
                ("kam_level", "=", False),
            ]
        )
        for level, words in LEVELS:
            contacts.filtered(
                lambda c, words=words: any(word in c.function for word in words)
            ).kam_level = level

    @api.model
    def _working_day(self, today, days):
        """Day some working days ahead, or about so many days ago: no weekend.

        Two visits planned for different days must not meet on the Monday after.
        """
        if days < 0:
            day = today + timedelta(days=days)
            return day - timedelta(days=max(day.weekday() - FRIDAY, 0))
        day = today
        while days:
            day += timedelta(days=1)
            days -= day.weekday() <= FRIDAY
        return day

    @api.model
    def _create_visit(self, company, key, days, hour, kind="regular", **values):
        account = self._account(key)
        day = self._working_day(company._kam_today(), days)
        manager = account.manager_id
        leader = account.team_id.user_id if key in LED else manager
        contacts = account.partner_id.child_ids.filtered(lambda c: not c.is_company)
        return (
            self.env["kam.visit"]
            .with_context(no_mail_to_attendees=True, dont_notify=True)
            .create(
                {
                    "account_id": account.id,
                    "contact_ids": [Command.set(contacts[:1].ids)],
                    "user_id": manager.id,
                    "user_ids": [Command.set((manager | leader).ids)],
                    "type_id": self.env.ref(
                        f"key_account_management.kam_visit_type_{kind}"
                    ).id,
                    "purpose": PURPOSES[kind],
                    "start": self._utc(company, datetime.combine(day, time(hour))),
                    **values,
                }
            )
        )
