"""Candidates of the demo company: proposed, screened, waiting, confirmed, failed."""

from datetime import datetime, time, timedelta

from odoo import Command, api, models

from ..base.kam_demo import MODULE

# Sheets in the order of the indicators
SOUND = (85, 90, 70, 80, 75, 80, 85)
POOR = (55, 60, 25, 70, 40, 30, 60)
TEXTS = {
    "classification": "成长型客户，按销售额与增速列入潜在大客户。Growing; potential by "
    "revenue and growth.",
    "needs": "交期稳定、精度高的轴类零件。Precise shafts, on time.",
    "opportunity": "新产线半年后投产。A new line starts in half a year.",
    "buyers": "整机厂，华东为主。Machine builders, mostly in East China.",
    "marketing": "直销与展会。Direct sales and fairs.",
    "logistics": "防锈包装，上门提货。Rust-proof packing, collects itself.",
    "decision_makers": "总经理定大单，采购总监定日常。The general manager decides on "
    "large orders, the head of purchasing on the others.",
}
RESOURCES = (
    (
        "technology",
        "微米级磨削 Grinding to the micron",
        "两台五轴磨床 Two five-axis machines",
        88,
    ),
    (
        "production",
        "每周 400 套 400 sets a week",
        "夜班可加开 A night shift is possible",
        72,
    ),
    (
        "after_sales",
        "24 小时到场 On the spot within 24 hours",
        "昆山服务站 Service station in Kunshan",
        90,
    ),
)
COMPETITORS = (
    {
        "name": "恒力精密 Hengli Precision",
        "share": 45,
        "technology": "四轴磨床 Four-axis grinding",
        "product": "标准件 Standard parts",
        "service": "无驻点 No station nearby",
        "strengths": "价格低 Low prices",
        "weaknesses": "交期不稳 Unsteady delivery",
    },
    {
        "name": "Müller Feinwerk",
        "share": 20,
        "technology": "纳米涂层 Nano coating",
        "strengths": "口碑好 Well known",
        "weaknesses": "价格高、远 Dear, and far away",
    },
)
ADVANTAGES = (
    ("cost", "寄售库存，减少其资金占用 Stock on consignment", 180000),
    ("efficiency", "图纸到样件五天 Five days from drawing to sample", 90000),
    ("solution", "联合设计工装 Tooling designed together", 0),
)
# days ago, method, hours, progress, attitude, result
CONTACTS = (
    (62, "letter", 0.5, "explanation", "neutral", "寄出公司介绍 Introduction sent"),
    (48, "phone", 0.25, "explanation", "cold", "暂不换供应商 Will not change now"),
    (31, "visit", 2.5, "demonstration", "warm", "看样件，很感兴趣 Liked the samples"),
    (12, "visit", 1.5, "proposal", "warm", "要求报价 Asked for an offer"),
)
FIGURES = {
    "period": "year",
    "current_assets": 96000000,
    "current_liabilities": 61000000,
    "total_assets": 240000000,
    "equity": 130000000,
    "revenue": 310000000,
    "cost_of_sales": 236000000,
    "net_profit": 21000000,
    "receivables": 52000000,
    "inventory": 38000000,
}


class KamDemo(models.AbstractModel):
    _inherit = "kam.demo"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _create_records(self, company):
        """Proposals for all potential accounts, some of them on their way."""
        super()._create_records(company)
        proposed = self.env["kam.screening"]._propose_from_register(company)
        for index, screening in enumerate(proposed[:2]):
            self._fill_screening(screening, company)
            screening.stage = ("fit", "competitors")[index]
        self._screen_lead(company)
        self._fail_screening(proposed[2:3], company)
        return company

    @api.model
    def _fill_screening(self, screening, company, points=SOUND):
        sales = screening.expected_revenue * 4 or 2400000.0
        screening.write(
            {
                "date_target": company._kam_today() + timedelta(days=21),
                **TEXTS,
                "expected_revenue": sales,
                "expected_margin": 24,
                "stock_value": sales * 0.08,
                "staff_cost": sales * 0.05,
                "travel_cost": sales * 0.01,
                "management_cost": sales * 0.02,
                "risk_rate": 2,
                "resource_ids": [
                    Command.create(
                        {
                            "department": department,
                            "need": need,
                            "resource": resource,
                            "points": fit,
                        }
                    )
                    for department, need, resource, fit in RESOURCES
                ],
                "competitor_ids": [Command.create(values) for values in COMPETITORS],
                "advantage_ids": [
                    Command.create({"kind": kind, "name": name, "value": value})
                    for kind, name, value in ADVANTAGES
                ],
                "statement_ids": [
                    Command.create(
                        {
                            **FIGURES,
                            "currency_id": company.currency_id.id,
                            "date_end": company._kam_today().replace(month=1, day=1)
                            - timedelta(days=1),
                        }
                    )
                ],
            }
        )
        for line, value in zip(screening.risk_line_ids, points, strict=True):
            line.points = value

    @api.model
    def _develop(self, screening, company, count):
        """Contacts that were made to win the candidate."""
        noon = datetime.combine(company._kam_today(), time(4))
        self.env["kam.development.contact"].create(
            [
                {
                    "screening_id": screening.id,
                    "date": noon - timedelta(days=days),
                    "user_id": screening.user_id.id,
                    "person_name": "韩总 Mr Han",
                    "duration": hours,
                    "method": method,
                    "progress": progress,
                    "attitude": attitude,
                    "result": result,
                }
                for days, method, hours, progress, attitude, result in CONTACTS[:count]
            ]
        )

    @api.model
    def _screen_lead(self, company):
        """A lead that waits for the review of the supervisor."""
        user = self._ref("user_linwei")
        lead = self.env["crm.lead"].create(
            {
                "name": "风电主轴项目 Main shafts for wind turbines",
                "type": "lead",
                "partner_name": "天擎风电 Tianqing Wind",
                "contact_name": "韩志远 Han Zhiyuan",
                "email_from": "han@tianqing.example.com",
                "expected_revenue": 3600000,
                "user_id": user.id,
                "team_id": self._ref("team_east").id,
                "company_id": company.id,
            }
        )
        screening = self.env["kam.screening"].create(
            {
                "lead_id": lead.id,
                "company_id": company.id,
                "user_id": user.id,
                "priority": "2",
                "expected_revenue": 900000,
            }
        )
        self._keep("screening_", ["lead"], screening)
        self._fill_screening(screening, company)
        self._develop(screening, company, len(CONTACTS))
        screening.with_user(user).action_submit()

    @api.model
    def _fail_screening(self, screening, company):
        """A candidate that stayed with a competitor: the file says why."""
        if not screening:
            return
        self._fill_screening(screening, company, POOR)
        self._develop(screening, company, 2)
        screening.stage = "risk"
        screening._fail_development(
            self.env.ref(f"{MODULE}.lost_reason_competitor"),
            "与恒力签了三年框架合同，到期前再联系。Bound by a frame contract of "
            "three years; try again before it ends.",
        )
