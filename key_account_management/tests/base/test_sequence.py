from functools import partial

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.service.model import retrying
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import KamCase, RaceCase

CODE = "kam.test"


@tagged("post_install", "-at_install")
class TestSequence(KamCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Sequence = cls.env["ir.sequence"]
        cls.template = cls.Sequence.create(
            {"name": "Test", "code": CODE, "prefix": "T%(year)s-", "company_id": False}
        )

    def _numbers(self, company=None, count=1):
        return self.Sequence._kam_next_numbers(CODE, company or self.company, count)

    def test_each_company_counts_by_itself(self):
        with freeze_time("2026-05-01"):
            self.assertEqual(self._numbers(count=2), ["T2026-1", "T2026-2"])
            self.assertEqual(
                self._numbers(self.env.ref("base.main_company")), ["T2026-1"]
            )
            self.assertEqual(self._numbers(), ["T2026-3"])

    def test_deleted_sequence(self):
        self.template.unlink()
        with self.assertFails(UserError, "no sequence with the code “kam.test”"):
            self._numbers()

    def test_year_of_the_company(self):
        self.company.resource_calendar_id.tz = "Asia/Shanghai"
        self.env.user.tz = "America/New_York"
        for dated in (False, True):
            self.template.use_date_range = dated
            self.Sequence.search([("code", "=", CODE)]).use_date_range = dated
            with self.subTest(dated=dated), freeze_time("2026-12-31 23:30:00"):
                self.assertTrue(self._numbers()[0].startswith("T2027-"))


@tagged("post_install", "-at_install")
class TestSequenceConcurrency(RaceCase):
    """Two first documents of a company at the same moment, in real transactions."""

    @classmethod
    def _create_records(cls, env):
        env["ir.sequence"].create({"name": "Test", "code": CODE, "company_id": False})

    @classmethod
    def _clean_up(cls):
        with cls._transaction() as env:
            env["ir.sequence"].search([("code", "=", CODE)]).unlink()

    def _draw(self, env):
        company = env.ref("base.main_company")
        return env["ir.sequence"]._kam_next_numbers(CODE, company, 1)

    def test_first_numbers_differ(self):
        with self._transaction() as other:
            other["ir.sequence"].search_count([])  # its picture is from now on
            with self._transaction() as env:
                first = self._draw(env)
            with mute_logger("odoo.sql_db", "odoo.service.model"):
                second = retrying(partial(self._draw, other), other)
        self.assertEqual((first, second), (["1"], ["2"]))
        with self._transaction() as env:
            self.assertEqual(env["ir.sequence"].search_count([("code", "=", CODE)]), 2)
