from odoo import Command
from odoo.tests import HttpCase, tagged

from .common_visit import VisitCase


@tagged("post_install", "-at_install")
class TestVisitUi(VisitCase, HttpCase):
    """A visit from the plan to the follow-up, in a real browser."""
