from datetime import timedelta

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import VisitCase


@tagged("post_install", "-at_install")
class TestVisit(VisitCase):
    # ------------------------------------------------------------
    # Plan
    # ------------------------------------------------------------

    def test_type_fills_in(self):
        kind = self.env.ref("key_account_management.kam_visit_type_development")
        with Form(self.Visit) as form:
            form.account_id = self.account
            form.type_id = kind
            form.start = self.tomorrow
        visit = form.save()
        self.assertRegex(visit.name, r"^V\d{4}-\d{4}$")
        self.assertEqual(visit.purpose, kind.purpose)
        self.assertEqual(visit.check_ids.mapped("name"), kind.check_ids.mapped("name"))
        self.assertIn("material", visit.check_ids.mapped("kind"))
        self.assertEqual(visit.user_ids, self.users["amy"])
        self.assertEqual(visit.location, "1 Bund, Shanghai")
        visit.check_ids[0].is_done = True
        self.assertEqual(visit.check_progress, 14)
        visit.type_id = self.type
        self.assertEqual(len(visit.check_ids), 7, "work done is not thrown away")

    def test_what_took_place_follows_from_nothing(self):
        """Neither another type, nor the same person, nor a value by RPC."""
        kind = self.env.ref("key_account_management.kam_visit_type_development")
        visit = self._held(
            contact_ids=[Command.set(self.wang.ids)], purpose="Talk", duration=1.0
        )
        names = ["purpose", "method", "duration", "stop", "location", "user_ids"]
        names += ["check_ids", "contact_ids"]
        before = visit.read(names)
        self.assertNotEqual(kind.duration, visit.duration)
        amy = visit.with_user(self.users["amy"])
        amy.write({"type_id": kind.id})
        amy.write({"user_id": self.users["amy"].id})
        with self.assertRaises(AccessError):
            amy.write({"prefill": {"duration": [1.0, 7.5]}})
        visit.invalidate_recordset()
        self.assertEqual(visit.read(names), before)

    def test_type_that_changed_meanwhile(self):
        """A visit follows the type that is chosen, not what becomes of the type."""
        visit = self._planned(
            type_id=self.type.id,
            purpose=self.type.purpose,
            duration=self.type.duration,
        )
        before = visit.read(["purpose", "method", "duration", "location", "check_ids"])
        self.type.write({"purpose": "Other", "duration": 3.0, "method": "phone"})
        self.account.partner_id.street = "2 Bund"
        visit.user_id = self.users["ben"]
        self.assertEqual(visit.user_ids, self.users["ben"])
        after = visit.read(["purpose", "method", "duration", "location", "check_ids"])
        self.assertEqual(after, before)

    def test_archived_people_of_what_took_place(self):
        visit = self._held(user_ids=[Command.set(self.users["ben"].ids)])
        self.users["ben"].active = False
        amy = visit.with_user(self.users["amy"])
        for commands in (
            [Command.unlink(self.users["ben"].id)],
            [Command.set(self.users["amy"].ids)],
        ):
            with self.assertFails(UserError, "cannot be changed"):
                amy.write({"user_ids": commands})

    def test_purpose_comes_first(self):
        visit = self._visit(purpose=" ")
        with self.assertFails(ValidationError, "purpose of the visit first"):
            visit.action_plan()
        visit.purpose = "Ask for the order"
        visit.action_plan()
        self.assertEqual(visit.state, "planned")
        with self.assertFails(ValidationError, "purpose of the visit first"):
            visit.purpose = False

    def test_not_in_the_past(self):
        visit = self._visit(start=self.now - timedelta(hours=1))
        with self.assertFails(ValidationError, "in the past"):
            visit.action_plan()
        visit.start = self.tomorrow
        visit.action_plan()
        with self.assertFails(ValidationError, "in the past"):
            visit.start = self.now - timedelta(days=2)

    def test_contact_of_another_customer(self):
        with self.assertFails(ValidationError, "do not belong to Alpha: .*Zhou"):
            self._visit(contact_ids=[Command.set((self.wang + self.zhou).ids)])
        visit = self._visit()
        with self.assertFails(ValidationError, "do not belong to Alpha: .*Zhou"):
            visit.contact_ids = self.zhou

    def test_nobody_is_at_two_visits_at_a_time(self):
        visit = self._planned()
        other = self._visit(start=self.tomorrow + timedelta(minutes=30))
        with self.assertFails(ValidationError, "amy.* cannot be at Alpha"):
            other.action_plan()
        other.start = visit.stop
        other.action_plan()
        with self.assertFails(ValidationError, "cannot be at"):
            other.start = visit.stop - timedelta(minutes=1)
        with self.assertFails(ValidationError, "cannot be at"):
            visit.duration = 2
        # Somebody else of the party counts, too
        third = self._visit(user_id=self.users["ben"].id)
        self.assertNotIn(self.users["amy"], third.user_ids)
        third.action_plan()
        with self.assertFails(ValidationError, "amy.* cannot be at"):
            third.user_ids += self.users["amy"]
        # A cancelled one does not
        visit.action_cancel()
        third.user_ids += self.users["amy"]

    def test_overlap_within_one_batch(self):
        visits = self._visit() + self._visit()
        with self.assertFails(ValidationError, "cannot be at"):
            visits.action_plan()
        self.assertEqual(set(visits.mapped("state")), {"draft"})

    def test_target_accounts_demand_a_supervisor(self):
        values = {
            "account_id": self.target_account.id,
            "contact_ids": [Command.set(self.zhou.ids)],
        }
        alone = {**values, "user_ids": [Command.set(self.users["amy"].ids)]}
        visit = self._visit(**alone)
        self.assertTrue(visit.is_target)
        with self.assertFails(ValidationError, "at least one supervisor"):
            visit.action_plan()
        with self.assertFails(ValidationError, "at least one supervisor"):
            self._visit(**alone, state="planned")
        visit.user_ids += self.users["sue"]
        visit.action_plan()
        with self.assertFails(ValidationError, "at least one supervisor"):
            visit.user_ids = self.users["amy"]
        # A call needs none
        self._planned(**values, method="phone", start=self.now + timedelta(days=9))
        # And neither does a key account
        self.assertFalse(self._planned(start=self.now + timedelta(days=8)).is_target)

    def test_supervisor_is_proposed_for_target_accounts(self):
        amy, sue, sam = (self.users[login] for login in ("amy", "sue", "sam"))
        to_target = {
            "account_id": self.target_account.id,
            "contact_ids": [Command.set(self.zhou.ids)],
        }
        for values, party in (
            (to_target, amy + sue),
            ({**to_target, "method": "phone"}, amy),
            ({**to_target, "user_id": sam.id}, sam),
            ({**to_target, "state": "done", "main_points": "Met Zhou"}, amy),
            ({}, amy),
        ):
            with self.subTest(**values):
                self.assertEqual(self._visit(**values).user_ids, party)
        call = self._visit(**to_target, method="phone")
        call.method = "face"
        self.assertEqual(call.user_ids, amy + sue)

    def test_customer_is_fixed(self):
        visit = self._visit()
        with self.assertFails(UserError, "customer of a visit cannot"):
            visit.account_id = self.target_account

    def test_negative_amounts(self):
        visit = self._visit(expense_budget=100, gift_budget=50, gift_actual=20)
        self.assertEqual((visit.budget_total, visit.actual_total), (150, 20))
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            visit.gift_actual = -1
            self.env.flush_all()

    # ------------------------------------------------------------
    # Take place
    # ------------------------------------------------------------

    def test_check_in_and_out(self):
        self.alpha.write({"partner_latitude": 31.24, "partner_longitude": 121.49})
        visit = self._planned()
        with self.assertFails(UserError, "position is not valid"):
            visit.action_check_in(91.0, 0.0)
        with self.assertFails(UserError, "Check in first"):
            visit.action_check_out()
        visit.action_check_in(31.23, 121.47)
        self.assertAlmostEqual(visit.check_in_distance, 2.2, 1)
        with self.assertFails(UserError, "check in only once"):
            visit.action_check_in()
        with self.assertFails(ValidationError, "before check-in"):
            visit.sudo().check_out = visit.check_in - timedelta(minutes=1)
        self.assertFalse(visit.check_out)
        visit.action_check_out()
        self.assertTrue(visit.check_out >= visit.check_in)

    def test_check_in_without_position(self):
        visit = self._planned()
        visit.action_check_in()
        self.assertTrue(visit.check_in)
        self.assertFalse(visit.has_position)
        self.assertFalse(visit.has_distance)

    def test_check_out_needs_check_in(self):
        with self.assertFails(ValidationError, "Check in before"):
            self._planned().sudo().check_out = self.now

    def test_closing_needs_a_record(self):
        visit = self._planned()
        with self.assertFails(ValidationError, "main points"):
            visit.action_done()
        visit.main_points = "They want a discount"
        visit.action_done()
        self.assertEqual(visit.state, "done")
        self.assertLessEqual(visit.start, fields.Datetime.now())
        for action in ("action_plan", "action_cancel", "action_draft"):
            with self.assertFails(UserError, "is already done"):
                getattr(visit, action)()
        with self.assertFails(UserError, "cannot be changed"):
            visit.start = self.tomorrow
        with self.assertFails(UserError, "cannot be deleted"):
            visit.unlink()
        visit.improvement = "Bring the price list"

    def test_what_took_place_stays(self):
        """Whoever it is, no write leads back from what is done."""
        visit = self._held()
        for login in ("amy", "sue", "max", "eve"):
            done = visit.with_user(self.users[login])
            for vals in (
                *({"state": state} for state in ("draft", "planned", "cancelled")),
                {"state": "planned", "start": self.tomorrow},
            ):
                with (
                    self.subTest(user=login, vals=vals),
                    self.assertFails(UserError, "completed visits cannot be changed"),
                ):
                    done.write(vals)
            with self.assertFails(UserError, "cannot be deleted"):
                done.unlink()
        visit.state = "done"

    def test_arrival_is_not_typed(self):
        """Before and after the visit: it is noted when it happens."""
        for visit in (self._planned(), self._held()):
            for fname in ("check_in", "check_out"):
                for login in ("amy", "max"):
                    with (
                        self.subTest(user=login, state=visit.state, field=fname),
                        self.assertFails(AccessError, "filled in automatically"),
                    ):
                        visit.with_user(self.users[login])[fname] = self.now
        with self.assertFails(AccessError, "filled in automatically"):
            self._visit(check_in=self.now)

    def test_bounds(self):
        """Beyond them, computers cannot reckon."""
        for vals in (
            {"duration": 1e300},
            {"duration": -1e300},
            {"duration": 14 * 24 + 1},
            {"start": "9999-12-31 23:00:00", "duration": 300},
            {"start": "1000-01-01 00:00:00"},
        ):
            with self.subTest(vals=vals):
                with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
                    with self.env.cr.savepoint():
                        self._visit(**vals)
                visit = self._visit()
                with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
                    with self.env.cr.savepoint():
                        visit.write(vals)
                        self.env.flush_all()
                form = Form(self.Visit)
                for fname, value in vals.items():
                    form[fname] = value

    def test_bounds_of_the_quick_entry(self):
        for duration in (1e300, -1e300):
            record = Form(self.env["kam.visit.record"].with_user(self.users["amy"]))
            record.duration = duration
            self.assertTrue(record.start)

    def test_overlap_hidden_behind_a_longer_visit(self):
        """Every pair is found, in whatever order the visits start and end."""
        long = self._planned(duration=4)
        with self.assertFails(ValidationError, "cannot be at"):
            self._planned(start=self.tomorrow + timedelta(hours=3))
        ben = self.users["ben"]
        inner = self._planned(
            start=self.tomorrow + timedelta(hours=1),
            user_id=ben.id,
            user_ids=[Command.set(ben.ids)],
        )
        self._planned(
            start=self.tomorrow + timedelta(hours=2),
            user_id=ben.id,
            user_ids=[Command.set(ben.ids)],
        )
        with self.assertFails(ValidationError, "ben.* cannot be at"):
            long.user_ids += ben
        with self.assertFails(ValidationError, "amy.* cannot be at"):
            inner.user_ids += self.users["amy"]
        long.start = self.tomorrow + timedelta(hours=5)
        inner.user_ids += self.users["amy"]

    def test_responsibility_changes_hands(self):
        visit = self._planned()
        visit.user_ids += self.users["sue"]
        visit.user_id = self.users["ben"]
        self.assertEqual(visit.user_ids, self.users["ben"] + self.users["sue"])
        self.assertEqual(visit.event_id.partner_ids, visit.user_ids.partner_id)

    def test_copy_of_what_took_place(self):
        """It is a plan again, and nothing has happened yet."""
        visit = self._held(
            attitude="warm",
            outcome="Order",
            next_step="Call",
            next_step_date=self.today,
            expense_budget=100,
            expense_actual=90,
            gift_actual=10,
            progress="explanation",
            customer_thinking="Wait",
        )
        copy = visit.copy()
        self.assertEqual(copy.state, "draft")
        self.assertEqual(copy.expense_budget, 100)
        self.assertEqual(copy.contact_ids, visit.contact_ids)
        for fname in (
            "main_points",
            "attitude",
            "outcome",
            "next_step",
            "next_step_date",
            "expense_actual",
            "gift_actual",
            "actual_total",
            "progress",
            "customer_thinking",
            "follow_up_deadline",
        ):
            self.assertFalse(copy[fname], fname)

    def test_closed_before_its_time(self):
        """At the time it took place, even if that was hours ago."""
        visit = self._planned()
        visit.action_check_in()
        check_in = visit.check_in
        with freeze_time(check_in + timedelta(hours=3)):
            visit.main_points = "They were free today"
            visit.action_done()
        self.assertEqual(visit.start, check_in)
        self.assertEqual(visit.event_id.start, check_in)
