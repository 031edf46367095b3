from odoo import api, models
from odoo.tools import SQL


class IrSequence(models.Model):
    _inherit = "ir.sequence"

    @api.model
    def _kam_next_numbers(self, code, company, count):
        """Numbers for many new documents of a company, in one statement.

        The company gets a sequence of its own, a copy of the one without a company.

        :param str code: code of the sequence
        :param company: ``res.company`` record
        :param int count: how many numbers
        :return: list of numbers as text
        """
        sequences = self.sudo().search(
            [("code", "=", code), ("company_id", "in", (company.id, False))],
            order="company_id",
        )
        sequence = sequences[:1]
        if not sequence.company_id:
            sequence = sequence.copy({"company_id": company.id, "number_next": 1})
        if sequence.implementation != "standard" or sequence.use_date_range:
            return [sequence._next() for _i in range(count)]
        rows = self.env.execute_query(
            SQL(
                "SELECT nextval(%s) FROM generate_series(1, %s)",
                f"ir_sequence_{sequence.id:03d}",
                count,
            )
        )
        return [sequence.get_next_char(number) for (number,) in rows]
