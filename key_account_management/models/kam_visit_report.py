from odoo import models


class KamVisit(models.Model):
    _inherit = "kam.visit"

    # ------------------------------------------------------------
    # Printing
    # ------------------------------------------------------------

    def _texts_of_record(self):
        """Labels and contents of the paragraphs of 目标客户拜访记录表."""
        self.ensure_one()
        names = (
            "main_points",
            "customer_thinking",
            "suggestions",
            "latest_info",
            "outcome",
            "next_step",
            "experience",
            "shortcomings",
            "improvement",
        )
        return [
            (self._fields[name]._description_string(self.env), self[name])
            for name in names
        ]

    def _signatures(self):
        """Who signs, and on which day, as the frame of the forms shows it."""
        self.ensure_one()
        visit = self.sudo()
        day = visit.state == "done" and visit.company_id._kam_local_date(visit.start)
        return {"visitor": (visit.user_id, day), "superior": (visit._leader(), False)}
