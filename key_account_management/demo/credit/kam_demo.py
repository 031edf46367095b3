"""Credit in the demo company: grades, an assessment, requests and a held order."""

import base64
from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import Command, api, models

# Names of the grades in ``customers.csv``, the best first, and bands of performance
GRADES = ("green", "yellow", "red", "black")
BANDS = (95, 90, 75, 0)
# Customers whose first grade is still on its way, by how many steps are decided
UNDER_WAY = {"yuantong": 0, "pacific": 1, "ruifeng": 2}
# customer: points by indicator, in the order of the form
POINTS = {
    "huadong": (90, 85, 90, 80, 95, 85, 88, 70, 90),
    "xinghui": (60, 75, 70, 85, 90, 60, 65, 40, 95),
    "zhixin": (45, 80, 60, 75, 60, 70, 50, 30, 90),
}
BASICS = {
    "legal_representative": "王建国 Wang Jianguo",
    "founding_date": "1998-05-18",
    "registered_capital": 80000000,
    "ownership": "private",
    "employee_count": 2400,
    "business_scope": "高端轴承研发、制造与销售 Development and sale of bearings",
    "history": "1998 年由国营厂改制，2015 年扩建二期。Privatised in 1998, second plant "
    "in 2015.",
    "management": "管理层稳定，平均任职十年。Steady, ten years on average.",
    "policy": "稳健经营，聚焦高端。Cautious, aims at the upper end of the market.",
    "organisation": "事业部制，采购集中。Divisions, with central purchasing.",
    "bank_info": "工商银行、招商银行，授信未用足。ICBC and CMB, free lines.",
    "capital_relations": "创始人控股 62 %，无质押。The founder holds 62 %.",
    "collateral": "厂房抵押，集团担保。Mortgage on the plant, guarantee of the group.",
}
STATEMENTS = (
    {
        "period": "year",
        "current_assets": 412000000,
        "current_liabilities": 230000000,
        "total_assets": 905000000,
        "equity": 520000000,
        "revenue": 1130000000,
        "cost_of_sales": 842000000,
        "net_profit": 96000000,
        "receivables": 178000000,
        "inventory": 121000000,
    },
    {
        "period": "quarter",
        "current_assets": 420000000,
        "current_liabilities": 244000000,
        "total_assets": 921000000,
        "equity": 541000000,
        "revenue": 301000000,
        "cost_of_sales": 226000000,
        "net_profit": 24500000,
        "receivables": 189000000,
        "inventory": 133000000,
    },
)
# The customer whose treatment shall come back
RESTORE = "kaida_heat"
# The customer whose order waits for a release
HELD = "shenlan"


class KamDemo(models.AbstractModel):
    _inherit = "kam.demo"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _create_records(self, company):
        super()._create_records(company)
        self._decide_first_grades()
        self._ask_for_restoration()
        self._assess()
        self._hold_an_order(company)
        self._check_grades()
        return company

    @api.model
    def _decide_first_tiers(self, company):
        """The company has demanded contract performance since then."""
        minimum = company.kam_performance_min
        company.write({"account_use_credit_limit": True, "kam_performance_min": 0})
        accounts = super()._decide_first_tiers(company)
        company.kam_performance_min = minimum
        return accounts

    # ------------------------------------------------------------
    # What is shown
    # ------------------------------------------------------------

    @api.model
    def _check_figures(self):
        def show_performance(account):
            rate = account.performance_rate
            owed = account.obligation_amount
            return owed and str(next(b for b in BANDS if rate * 100 >= b)) or ""

        # Before the tiers, which follow from it
        self._check_accounts("performance", show_performance)
        self._check_accounts(
            "withdrawn", lambda account: account.performance_hold_date and "yes" or ""
        )
        return super()._check_figures()

    @api.model
    def _check_grades(self):
        """Stop unless the grades in force, and those under way, are those wanted."""
        names = dict(zip(self.env.company._kam_credit_grades(), GRADES, strict=True))

        def show(account):
            under_way = account.credit_request_ids.filtered(
                lambda r: r.kind == "grade" and r.approval_state == "pending"
            )
            return names.get(under_way.grade_to_id or account.credit_grade_id, "")

        self._check_accounts("grade", show)

    # ------------------------------------------------------------
    # Grades
    # ------------------------------------------------------------

    @api.model
    def _decide(self, documents, *logins):
        for login in logins:
            if documents:
                documents.with_user(self._ref(f"user_{login}")).action_approve()

    @api.model
    def _decide_first_grades(self):
        """The refresh has applied for a grade of every key account."""
        leaders = {"east": "zhaomin", "south": "huanglei"}
        open_ = {self._account(key): steps for key, steps in UNDER_WAY.items()}
        for territory, leader in leaders.items():
            team = self._ref(f"team_{territory}")
            requests = self.env["kam.credit.request"].search(
                [("team_id", "=", team.id), ("approval_state", "=", "pending")]
            )
            deciders = (leader, "sunli", "zhoutao")
            decided = requests.filtered(lambda r: r.account_id not in open_)
            self._decide(decided, *deciders)
            for request in requests - decided:
                self._decide(request, *deciders[: open_[request.account_id]])
            self._age(requests - decided)

    @api.model
    def _age(self, requests):
        """Requests under way were made some days ago: they are late by now."""
        for request in requests:
            rows = request.sudo().approval_ids
            for row in rows:
                row.submit_date -= timedelta(days=8)
                if row.start_date:
                    row.start_date -= timedelta(days=8 if row.decision_date else 7)
                    row.deadline = row._first_deadline(row.start_date)
                if row.decision_date:
                    row.decision_date -= timedelta(days=7)
            pending = rows.filtered(lambda row: row.state == "pending")
            request.activity_ids.date_deadline = pending.deadline

    @api.model
    def _ask_for_restoration(self):
        """A supervisor stands up for a customer whose treatment was withdrawn."""
        request = self.env["kam.credit.request"].create(
            {
                "account_id": self._account(RESTORE).id,
                "kind": "restore",
                "reason": "集团已担保，欠款本月付清。The group guarantees, and pays "
                "what is overdue this month.",
            }
        )
        request.with_user(self._ref("user_zhaomin")).action_submit()

    # ------------------------------------------------------------
    # Assessments
    # ------------------------------------------------------------

    @api.model
    def _assess(self):
        assessments = {}
        for key, points in POINTS.items():
            account = self._account(key)
            self._file_documents(account, complete=key != "zhixin")
            leader = account.team_id.user_id
            assessment = self.env["kam.credit.assessment"].create(
                {"account_id": account.id, "user_id": leader.id}
            )
            for line, value in zip(assessment.line_ids, points, strict=True):
                line.points = value
            assessments[key] = assessment
        today = self.env.company._kam_today()
        quarter = today + relativedelta(day=1, months=-((today.month - 1) % 3), days=-1)
        ends = (today + relativedelta(month=1, day=1, days=-1), quarter)
        assessments["huadong"].write(
            {
                **BASICS,
                "statement_ids": [
                    Command.create({**figures, "date_end": end})
                    for figures, end in zip(STATEMENTS, ends, strict=True)
                ],
            }
        )
        for key in ("huadong", "xinghui"):
            assessments[key].with_user(self._ref("user_zhaomin")).action_submit()
        self._decide(assessments["huadong"], "sunli", "zhoutao")

    @api.model
    def _file_documents(self, account, complete):
        types = self.env["kam.credit.document.type"].search([])
        today = self.env.company._kam_today()
        self.env["kam.credit.document"].create(
            [
                {
                    "account_id": account.id,
                    "type_id": type_.id,
                    "file": base64.b64encode("扫描件 Scan\n".encode()),
                    "file_name": f"{type_.name}.txt",
                    "date": today - relativedelta(months=2),
                }
                for type_ in (types if complete else types[:2])
            ]
        )

    # ------------------------------------------------------------
    # Effect on sales
    # ------------------------------------------------------------

    @api.model
    def _hold_an_order(self, company):
        """A salesperson confirms an order beyond the limit: it waits for a release."""
        account = self._account(HELD)
        product = self._ref("product_gears")
        partner = account.partner_id
        order = self.env["sale.order"].create(
            {
                "partner_id": partner.id,
                "company_id": company.id,
                "user_id": partner.user_id.id,
                "team_id": partner.user_id.sale_team_id.id,
                "order_line": [
                    Command.create({"product_id": product.id, "product_uom_qty": 120})
                ],
            }
        )
        self._keep("order_", ["held"], order)
        order.with_user(partner.user_id).action_confirm()
