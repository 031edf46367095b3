"""Who is who at the customers, how they stand to us, and what they will celebrate."""

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models

FACTS = ("level", "line", "decision_role", "influence", "support", "thinking")
# customer: rows of (name, job, facts, superior, owner, wanted relationship)
PEOPLE = {
    "huadong": (
        (
            "周立新 Zhou Lixin",
            "董事长 Chairman",
            ("executive", "management", "decision_maker", "high", "neutral", "logical"),
            None,
            "zhoutao",
            "trusted",
        ),
        (
            "王建国 Wang Jianguo",
            None,
            ("executive", "business", "approver", "high", "sponsor", "logical"),
            "周立新",
            "linwei",
            "partner",
        ),
        (
            "钱晓梅 Qian Xiaomei",
            "采购经理 Purchasing manager",
            ("middle", "business", "evaluator", "medium", "supporter", "analytical"),
            "王建国",
            "linwei",
            "trusted",
        ),
        (
            "李秀英 Li Xiuying",
            None,
            ("middle", "technical", "influencer", "high", "sceptic", "analytical"),
            "周立新",
            "huanglei",
            "regular",
        ),
        (
            "孙大勇 Sun Dayong",
            "车间主任 Workshop head",
            ("front", "technical", "user", "medium", "supporter", "social"),
            "李秀英",
            "huanglei",
            "regular",
        ),
        (
            "财务总监 Head of finance",
            "财务总监 Head of finance",
            ("executive", "management", "approver", "high", False, False),
            "周立新",
            None,
            "contact",
        ),
    ),
    "jianghai": (
        (
            "张志强 Zhang Zhiqiang",
            None,
            (
                "executive",
                "management",
                "decision_maker",
                "high",
                "supporter",
                "intuitive",
            ),
            None,
            "sunli",
            "partner",
        ),
        (
            "刘洋 Liu Yang",
            None,
            ("front", "business", "gatekeeper", "low", "neutral", "social"),
            "张志强",
            "linwei",
            "regular",
        ),
    ),
    "xinghui": (
        (
            "陈晓东 Chen Xiaodong",
            None,
            (
                "executive",
                "technical",
                "decision_maker",
                "high",
                "sponsor",
                "analytical",
            ),
            None,
            "linwei",
            "partner",
        ),
        (
            "何静 He Jing",
            None,
            ("middle", "business", "evaluator", "medium", "opponent", "logical"),
            "陈晓东",
            None,
            "contact",
        ),
    ),
}
PLACEHOLDERS = ("财务总监 Head of finance",)
NODES = ("李秀英 Li Xiuying", "孙大勇 Sun Dayong")
# contact, days since the meeting
MEETINGS = (("王建国 Wang Jianguo", 12), ("陈晓东 Chen Xiaodong", 40))
# customer, contact, name, kind, yearly, days from today, years ago
OCCASIONS = (
    ("huadong", None, "公司周年庆 Foundation of the company", "anniversary", 1, 10, 20),
    ("huadong", "王建国 Wang Jianguo", "生日 Birthday", "birthday", 1, 45, 52),
    ("jianghai", None, "新厂投产 Opening of the new plant", "opening", 0, 24, 0),
    ("xinghui", None, "省级技术奖 Technology award", "honour", 0, 3, 0),
    ("kaida", None, "总部搬迁 Move of the head office", "move", 0, 70, 0),
)


class KamDemo(models.AbstractModel):
    _inherit = "kam.demo"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _create_records(self, company):
        super()._create_records(company)
        for key, rows in PEOPLE.items():
            self._create_people(company, key, rows)
        self._create_meetings(company)
        self._create_profile()
        self._create_occasions(company)
        return company

    @api.model
    def _person(self, name):
        """Contact by name, or by the Chinese part of it."""
        return self.env["res.partner"].search(
            [("name", "=like", f"{name}%"), ("company_id", "=", self.env.company.id)],
            limit=1,
        )

    @api.model
    def _create_people(self, company, key, rows):
        customer = self._ref(f"customer_{key}")
        for name, job, facts, superior, owner, wanted in rows:
            values = {
                **{f"kam_{k}": v for k, v in zip(FACTS, facts, strict=True)},
                "kam_reports_to_id": superior and self._person(superior).id,
                "kam_owner_id": owner and self._ref(f"user_{owner}").id,
                "kam_relationship": "contact" if owner else "none",
                "kam_relationship_wanted": wanted,
                "kam_is_placeholder": name in PLACEHOLDERS,
                "kam_is_node": name in NODES,
            }
            person = self._person(name)
            if person:
                person.write(values)
                continue
            self.env["res.partner"].create(
                {
                    "name": name,
                    "function": job,
                    "parent_id": customer.id,
                    "company_id": company.id,
                    **values,
                }
            )

    @api.model
    def _create_meetings(self, company):
        now = fields.Datetime.now().replace(minute=0, second=0)
        for name, days in MEETINGS:
            person = self._person(name)
            owner = person.kam_owner_id
            self.env["calendar.event"].with_user(owner).with_company(company).create(
                {
                    "name": f"拜访 Visit: {name}",
                    "start": now - relativedelta(days=days),
                    "stop": now - relativedelta(days=days) + relativedelta(hours=1),
                    "partner_ids": [(6, 0, (person + owner.partner_id).ids)],
                    "user_id": owner.id,
                }
            )

    @api.model
    def _create_profile(self):
        self.env["kam.partner.profile"].create(
            {
                "partner_id": self._person("王建国").id,
                "account_id": self._account("huadong").id,
                "position_history": "二十年采购经验，三年前升任总监。"
                "Twenty years in purchasing, director for three years.",
                "character": "严谨，重承诺。Precise, keeps his word and expects it.",
                "pressures": "今年降本百分之五。Has to cut costs by 5% this year.",
                "interests": "乒乓球 Table tennis",
            }
        )

    @api.model
    def _create_occasions(self, company):
        today = company._kam_today()
        self.env["kam.occasion"].create(
            [
                {
                    "account_id": self._account(key).id,
                    "partner_id": contact and self._person(contact).id,
                    "name": name,
                    "kind": kind,
                    "is_yearly": bool(yearly),
                    "date": today + relativedelta(days=days) - relativedelta(years=ago),
                }
                for key, contact, name, kind, yearly, days, ago in OCCASIONS
            ]
        )
        self.env["kam.occasion"].search(
            [
                ("company_id", "=", company.id),
                ("state", "=", "coming"),
                ("notice_date", "<=", company._kam_today()),
            ]
        )._notify_people()
