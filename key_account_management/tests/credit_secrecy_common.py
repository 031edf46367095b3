from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from .credit_common import CreditCase

LIMIT = 7654321
SECRETS = (
    "credit_grade_id",
    "credit_grade_color",
    "credit_grade_date",
    "credit_grade_computed_id",
    "credit_score",
    "credit_valid_until",
    "obligation_amount",
    "performance_rate",
    "performance_grace_date",
    "credit_limit",
    "credit_exposure",
    "obligation_ids",
    "credit_request_ids",
    "credit_assessment_ids",
    "credit_document_ids",
)
STORED = SECRETS[:1] + SECRETS[2:9]
MODELS = (
    "kam.credit.assessment",
    "kam.credit.assessment.line",
    "kam.credit.document",
    "kam.credit.document.type",
    "kam.credit.grade",
    "kam.credit.indicator",
    "kam.credit.obligation",
    "kam.credit.release",
    "kam.credit.request",
    "kam.credit.statement",
)
# What gives the secrets away in a text.
WORDS = ("Red list", "Yellow list", "7654321", "7,654,321", "62.5", "0.625", "81.25")


class SecrecyCase(CreditCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = account = cls._graded("Alpha", cls.red, LIMIT)
        cls.partner = account.partner_id
        account.member_ids.create(
            {"account_id": account.id, "user_id": cls.users["ben"].id}
        )
        cls._owe(cls.partner, 800000, 40, (0, 500000))
        account._assign_tier(cls.key, {})
        cls.company.kam_performance_min = 50
        cls.documents = cls._documents(account)
        cls.assessment = cls._assessment(account, 81.25)
        cls.assessment.env["kam.credit.statement"].create(
            {"assessment_id": cls.assessment.id, "date_end": cls._day(100)}
        )
        cls.assessment.action_submit()
        for login in ("sam", "max"):
            cls.assessment.with_user(cls.users[login]).action_approve()
        cls._refresh()
        account.credit_request_ids._drop()
        cls.env.flush_all()
        cls.request = cls._request(
            account, grade_to_id=cls.yellow.id, limit_to=LIMIT, reason="Red list"
        )
        cls.request.action_submit()
        cls.env["kam.account.snapshot"]._take_missing(cls.company)
        cls.order = cls._quotation(cls.partner, 9000000)
        cls.order.with_user(cls.users["amy"]).action_confirm()
        cls.release = cls.order.kam_credit_release_ids
        cls.portal = new_test_user(
            cls.env, "portal", "base.group_portal", company_id=cls.company.id
        )
        cls.users["portal"] = cls.portal
        cls.portal.partner_id.parent_id = cls.partner
        cls.env.flush_all()
        cls.env.invalidate_all()

    def setUp(self):
        super().setUp()
        self.assertEqual(self.account.performance_rate, 0.625)
        self.assertEqual(self.account.credit_score, 81.25)

    def _denied(self, function, *args, **kwargs):
        """Expect that nothing comes back."""
        try:
            with self.env.cr.savepoint():
                result = function(*args, **kwargs)
        except (AccessError, UserError, ValueError):
            return
        self.fail(f"{function} {args} gave {result}")

    def assertSilent(self, text):  # noqa: N802
        for word in WORDS:
            self.assertNotIn(word, str(text))
