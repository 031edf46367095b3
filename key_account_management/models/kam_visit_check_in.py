"""Check-in and check-out on site, with the position if the browser gives it."""

from math import asin, cos, radians, sin, sqrt

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

EARTH_RADIUS = 6371.0  # km


def distance(lat1, lon1, lat2, lon2):
    """Kilometres between two points on earth (haversine)."""
    lat1, lon1, lat2, lon2 = map(radians, (lat1, lon1, lat2, lon2))
    chord = (
        sin((lat2 - lat1) / 2) ** 2
        + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    )
    return 2 * EARTH_RADIUS * asin(sqrt(min(chord, 1.0)))


class KamVisit(models.Model):
    _inherit = "kam.visit"

    check_in = fields.Datetime(copy=False, tracking=True)
    check_out = fields.Datetime(copy=False, tracking=True)
    check_in_latitude = fields.Float(digits=(10, 7), readonly=True, copy=False)
    check_in_longitude = fields.Float(digits=(10, 7), readonly=True, copy=False)
    has_position = fields.Boolean(
        string="Position Known",
        readonly=True,
        copy=False,
        help="The browser told where the check-in took place.",
    )
    check_in_distance = fields.Float(
        string="Distance from the Customer (km)",
        compute="_compute_check_in_distance",
        digits=(16, 1),
        help="From the place of the check-in to the address of the customer.",
    )
    has_distance = fields.Boolean(compute="_compute_check_in_distance")

    @api.depends("has_position", "check_in_latitude", "check_in_longitude")
    def _compute_check_in_distance(self):
        for visit in self:
            partner = visit.sudo().partner_id
            place = (partner.partner_latitude, partner.partner_longitude)
            visit.has_distance = visit.has_position and any(place)
            visit.check_in_distance = visit.has_distance and distance(
                visit.check_in_latitude, visit.check_in_longitude, *place
            )

    @api.constrains("check_in", "check_out")
    def _check_check_out(self):
        for visit in self:
            if not visit.check_out:
                continue
            if not visit.check_in:
                raise ValidationError(self.env._("Check in before you check out."))
            if visit.check_out < visit.check_in:
                raise ValidationError(
                    self.env._(
                        "Check-out (%(out)s) is before check-in (%(in_time)s).",
                        out=visit._local_time(visit.check_out),
                        in_time=visit._local_time(visit.check_in),
                    )
                )

    def action_check_in(self, latitude=None, longitude=None):
        """Note the arrival at the customer.

        :param float latitude, longitude: position, if the visitor shared it
        :raise UserError: not a planned visit, checked in already, or no such position
        """
        self.ensure_one()
        if self.state != "planned" or self.check_in:
            raise UserError(self.env._("Check in once, at a planned visit."))
        values = {"check_in": fields.Datetime.now()}
        if latitude is not None and longitude is not None:
            if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
                raise UserError(self.env._("There is no such position on earth."))
            values.update(
                check_in_latitude=latitude,
                check_in_longitude=longitude,
                has_position=True,
            )
        self.write(values)

    def action_check_out(self):
        """Note the departure."""
        self.ensure_one()
        if not self.check_in or self.check_out:
            raise UserError(self.env._("Check in first, and check out once."))
        self.check_out = fields.Datetime.now()
