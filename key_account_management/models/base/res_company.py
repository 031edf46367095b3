"""Days, deadlines and windows where a company is."""

from datetime import date, datetime, time, timedelta
from typing import NamedTuple

import pytz
from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from .groups import INTERNAL


class Window(NamedTuple):
    """Trailing window (start, end] and the one before it, (before, start]."""

    before: date
    start: date
    end: date
    months: int
    start_utc: datetime  # first moment of the window, for timestamps
    end_utc: datetime  # first moment after it


class ResCompany(models.Model):
    _name = "res.company"
    _inherit = ["res.company", "kam.used.mixin"]  # pylint: disable=R8180

    kam_window_months = fields.Integer(
        string="Key Account Window (Months)", default=12, required=True, groups=INTERNAL
    )
    kam_deadline_mode = fields.Selection(
        [("calendar", "Calendar days"), ("working", "Working days")],
        string="Deadlines of Approvals",
        default="calendar",
        required=True,
        groups=INTERNAL,
    )

    def _kam_timezone(self):
        return pytz.timezone(
            self.resource_calendar_id.tz or self.partner_id.tz or "UTC"
        )

    @api.model
    def _kam_timezone_sql(self):
        """Rows (id, tz) of all companies, see :meth:`_kam_timezone`."""
        return SQL(
            """
            SELECT company.id,
                COALESCE(NULLIF(calendar.tz, ''), NULLIF(partner.tz, ''), 'UTC') AS tz
            FROM res_company company
            JOIN res_partner partner ON partner.id = company.partner_id
            LEFT JOIN resource_calendar calendar
                ON calendar.id = company.resource_calendar_id
            """
        )

    def _kam_today(self):
        """Today's date where the company is."""
        return self._kam_local_date(fields.Datetime.now())

    @api.model
    def _kam_today_domain(self, condition):
        """Domain that compares with today, where the company of each record is.

        :param condition: function of a day, returns the condition on that day
        """
        companies = self.env["res.company"].sudo().search([])
        return Domain.OR(
            Domain("company_id", "in", group.ids) & Domain(condition(day))
            for day, group in companies.grouped(lambda c: c._kam_today()).items()
        )

    def _kam_window(self, day=None):
        """Trailing window that ends with a day, today by default."""
        end = day or self._kam_today()
        months = relativedelta(months=self.kam_window_months)
        start = end - months
        return Window(
            before=end - 2 * months,  # not from the start: its month may be shorter
            start=start,
            end=end,
            months=self.kam_window_months,
            start_utc=self._kam_midnight(start + timedelta(days=1)),
            end_utc=self._kam_midnight(end + timedelta(days=1)),
        )

    def _kam_local_date(self, moment):
        """Day of a naive UTC timestamp where the company is."""
        return pytz.utc.localize(moment).astimezone(self._kam_timezone()).date()

    def _kam_deadline(self, start, days):
        """Last day of a period that starts with a timestamp.

        The day of the start does not count: two days from Monday end on Wednesday.

        :param datetime start: naive UTC timestamp
        :param int days: calendar or working days, as the company has set
        """
        day = self._kam_local_date(start)
        if self.kam_deadline_mode == "calendar" or not self.resource_calendar_id:
            return day + timedelta(days=days)
        next_day = pytz.utc.localize(self._kam_midnight(day + timedelta(days=1)))
        calendar = self.resource_calendar_id
        companies = self.parent_ids | calendar.company_id  # not the holidays of others
        end = calendar.plan_days(
            days,
            next_day,
            compute_leaves=True,
            domain=[
                ("time_type", "=", "leave"),
                ("company_id", "in", [False, *companies.ids]),
            ],
        )
        if not end:  # a calendar without working time
            return day + timedelta(days=days)
        return end.astimezone(self._kam_timezone()).date()

    def _kam_midnight(self, day):
        """Start of a local day, as a naive UTC timestamp."""
        local = self._kam_timezone().localize(datetime.combine(day, time.min))
        return local.astimezone(pytz.utc).replace(tzinfo=None)

    def _kam_local_date_sql(self, timestamp):
        return SQL(
            "(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)::date",
            timestamp,
            self._kam_timezone().zone,
        )

    def _kam_employs(self, user):
        """Whether a user is there to look after accounts of the company."""
        user = user.sudo()
        return user.active and not user.share and self in user.company_ids

    def _kam_check_employs(self, users):
        """:raise ValidationError: one of the users does not work for the company"""
        for user in users.sudo():
            if not self._kam_employs(user):
                raise ValidationError(
                    self.env._(
                        "%(user)s does not work for %(company)s.",
                        user=user.name,
                        company=self.sudo().name,
                    )
                )
