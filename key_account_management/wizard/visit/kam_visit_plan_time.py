from bisect import bisect_right
from collections import Counter, defaultdict
from datetime import datetime, time, timedelta

import pytz

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools.date_utils import float_to_time
from odoo.tools.intervals import Intervals


class KamVisitPlanTime(models.AbstractModel):
    """When proposed visits take place: free time, load, spread.

    A part of ``kam.visit.plan``, which has the fields and calls ``_place_visits`` only.
    """

    _name = "kam.visit.plan.time"
    _description = "Plan Visits"

    # ------------------------------------------------------------
    # Placing
    # ------------------------------------------------------------

    def _place_visits(self, dues, parties):
        """Give due visits a time, evenly over the days.

        :param dues: due visits, the most urgent first
        :param list parties: for each, who must come along
        :return: two dicts by position in the list: start (naive UTC) of what found a
            time, reason of what found none
        """
        companions = self.env["res.users"].union(*parties)
        alone = self._must_not_go_alone(dues, parties)
        starts, open_to = {}, {}
        if len(alone) < len(dues):
            free = self._get_free_intervals(self.user_id | companions)
            slots = self._get_possible_starts(free[self.user_id])
            open_to = self._get_free_people(
                slots, {user: free[user] for user in companions}
            )
            waiting = {
                index: frozenset(party.ids)
                for index, party in enumerate(parties)
                if index not in alone
            }
            starts = self._spread_visits(waiting, slots, open_to)
        reasons = {
            index: self._explain_unplaced(party, index in alone, starts, open_to)
            for index, party in enumerate(parties)
            if index not in starts
        }
        return starts, reasons

    def _must_not_go_alone(self, dues, parties):
        """Positions of visits that demand a supervisor where there is none."""
        if self.user_id._kam_is_leader():
            return set()
        return {
            index
            for index, (due, party) in enumerate(zip(dues, parties, strict=True))
            if not party and due.account_id._visit_demands_leader(self.type_id.method)
        }

    def _explain_unplaced(self, party, alone, starts, open_to):
        if alone:
            return self.env._("No supervisor can join")
        used = set(starts.values())
        needed = set(party.ids)
        if party and not any(
            needed <= users for start, users in open_to.items() if start not in used
        ):
            return self.env._(
                "No more free time of %(people)s",
                people=", ".join(party.mapped("name")),
            )
        return self.env._("No more free time within the limits")

    def _spread_visits(self, waiting, slots, open_to):
        """Choose starts, in order of urgency.

        The load is as even as it can be while as many visits as possible find a time.

        :param dict waiting: ids of those who must come along, by position
        :param dict slots: possible starts by day
        :param dict open_to: by start, ids of those who are free then, too
        :return: dict start by position
        """
        if not slots or not waiting:
            return {}
        days, weeks = self._count_visits()
        total = len(waiting) + sum(days[day] for day in slots)
        even = min(self.per_day, -(-total // len(slots)))
        most = max(days[day] + len(starts) for day, starts in slots.items())
        attempts = [
            self._fill_days(
                waiting, slots, open_to, quota, Counter(days), Counter(weeks)
            )
            for quota in range(even, max(even, min(self.per_day, most)) + 1)
        ]
        return max(attempts, key=len)  # the first of equals: the most even

    def _fill_days(self, waiting, slots, open_to, quota, days, weeks):
        """Fill days up to a quota; ``days`` and ``weeks`` count what is there."""
        waiting, chosen = dict(waiting), {}
        for day in sorted(slots):
            week = day.isocalendar()[:2]
            for start in slots[day]:
                if days[day] >= quota or weeks[week] >= self.per_week:
                    break
                users = open_to[start]
                index = next((i for i, party in waiting.items() if party <= users), -1)
                if index >= 0:
                    chosen[index] = start
                    del waiting[index]
                    days[day] += 1
                    weeks[week] += 1
        return chosen

    # ------------------------------------------------------------
    # Time
    # ------------------------------------------------------------

    def _get_timezone(self):
        return self.user_id._kam_timezone(self.company_id)

    def _get_midnight(self, day):
        return self._get_timezone().localize(datetime.combine(day, time.min))

    @staticmethod
    def _to_naive_utc(moment):
        return moment.astimezone(pytz.utc).replace(tzinfo=None)

    def _count_visits(self):
        """Visits that the visitor has already, by local day and week."""
        first = self.date_from - timedelta(days=self.date_from.weekday())
        last = self.date_to + timedelta(days=7 - self.date_to.weekday())
        start, stop = (
            self._to_naive_utc(self._get_midnight(day)) for day in (first, last)
        )
        visits = (
            self.env["kam.visit"]
            .sudo()
            .search_fetch(
                [
                    ("user_ids", "in", self.user_id.ids),
                    ("state", "in", ("planned", "done")),
                    ("start", ">=", start),
                    ("start", "<", stop),
                ],
                ["start"],
            )
        )
        zone = self._get_timezone()
        days = Counter(
            pytz.utc.localize(visit.start).astimezone(zone).date() for visit in visits
        )
        weeks = Counter()
        for day, count in days.items():
            weeks[day.isocalendar()[:2]] += count
        return days, weeks

    def _get_possible_starts(self, free):
        """Starts (naive UTC) of possible visits in free time, by local day."""
        length = timedelta(hours=self.type_id.duration)
        step = length + timedelta(hours=self.travel)
        earliest = float_to_time(self.hour_from)
        zone = self._get_timezone()
        slots = {}
        for begin, end, _records in free:
            day = begin.astimezone(zone).date()
            first = zone.localize(datetime.combine(day, earliest))
            moment = max(begin, first).astimezone(pytz.utc)
            while moment + length <= end:
                slots.setdefault(day, []).append(moment.replace(tzinfo=None))
                moment += step
        return slots

    def _get_free_people(self, slots, free):
        """Ids of the people who are free, too, by start of a visit."""
        length = timedelta(hours=self.type_id.duration)
        open_to = {start: set() for starts in slots.values() for start in starts}
        for user, times in free.items():
            spans = [
                (self._to_naive_utc(begin), self._to_naive_utc(end))
                for begin, end, _r in times
            ]
            begins = [begin for begin, _end in spans]
            for start, users in open_to.items():
                position = bisect_right(begins, start) - 1
                if position >= 0 and start + length <= spans[position][1]:
                    users.add(user.id)
        return open_to

    def _get_free_intervals(self, people):
        """Working time of people in the period that their calendars leave free.

        :return: dict intervals by user
        """
        now = pytz.utc.localize(fields.Datetime.now())
        start = max(self._get_midnight(self.date_from), now)
        stop = self._get_midnight(self.date_to + timedelta(days=1))
        if start >= stop:
            return dict.fromkeys(people, Intervals())
        start = start.astimezone(self._get_timezone())
        working = self._get_working_intervals(people, start, stop)
        busy = self._get_busy_intervals(people, start, stop)
        return {user: working[user] - Intervals(busy[user]) for user in people}

    def _get_working_intervals(self, people, start, stop):
        """Working time, by the people's own schedules or that of the company.

        The hours are those where the visitor is.
        """
        zone = self._get_timezone()
        resources = people.sudo().resource_ids.filtered(
            lambda r: r.company_id == self.company_id and r.calendar_id
        )
        schedule = self.company_id.sudo().resource_calendar_id
        if not schedule and people - resources.user_id:
            raise UserError(self.env._("Set the working hours of the company first."))
        working = {}
        if schedule:
            hours = schedule._work_intervals_batch(start, stop, tz=zone)[False]
            working = dict.fromkeys(people, hours)
        for calendar, members in resources.grouped("calendar_id").items():
            hours = calendar._work_intervals_batch(start, stop, members, tz=zone)
            working.update((member.user_id, hours[member.id]) for member in members)
        return working

    def _get_busy_intervals(self, people, start, stop):
        """Intervals in which the calendars of people show something.

        What somebody declined leaves the time free, except visits: the party is held.
        """
        begin, end = self._to_naive_utc(start), self._to_naive_utc(stop)
        margin = timedelta(hours=self.travel)
        attendees = (
            self.env["calendar.attendee"]
            .sudo()
            .search(
                [
                    ("partner_id", "in", people.partner_id.ids),
                    ("event_id.active", "=", True),
                    ("event_id.show_as", "=", "busy"),
                    ("event_id.start", "<", end + margin + timedelta(days=1)),
                    ("event_id.stop", ">", begin - margin - timedelta(days=1)),
                    "|",
                    ("state", "!=", "declined"),
                    ("event_id.kam_visit_id", "!=", False),
                ]
            )
        )
        by_partner = defaultdict(list)
        for attendee in attendees:
            by_partner[attendee.partner_id].append(
                (
                    *self._get_event_interval(attendee.event_id, margin),
                    self.env["resource.calendar"],
                )
            )
        return {user: by_partner[user.partner_id] for user in people}

    def _get_event_interval(self, event, margin):
        if event.allday:  # days, without a time zone
            return (
                self._get_midnight(event.start_date),
                self._get_midnight(event.stop_date + timedelta(days=1)),
            )
        zone = self._get_timezone()
        return (
            pytz.utc.localize(event.start - margin).astimezone(zone),
            pytz.utc.localize(event.stop + margin).astimezone(zone),
        )
