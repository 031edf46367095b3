from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class IrSequence(models.Model):
    _inherit = "ir.sequence"

    @api.model
    def _kam_next_numbers(self, code, company, count):
        """Numbers for many new documents of a company, in one statement.

        :param str code: code of the sequence
        :param company: ``res.company`` record
        :param int count: how many numbers
        :return: list of numbers as text
        :raise UserError: there is no such sequence
        """
        sequence = self._kam_get_sequence(code, company).with_context(
            ir_sequence_date=company._kam_today()
        )
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

    @api.model
    def _kam_get_sequence(self, code, company):
        """The sequence of a company: at first use, a copy of the one without a company.

        Of two that are first at the same time, PostgreSQL refuses the second, and Odoo
        starts that over: hence the update.
        """
        # An archived one goes on: a second one would give the same numbers again.
        sequences = (
            self.sudo()
            .with_context(active_test=False)
            .search(
                [("code", "=", code), ("company_id", "in", (company.id, False))],
                order="company_id",
            )
        )
        sequence = sequences[:1]
        if not sequence:
            raise UserError(
                self.env._(
                    "There is no sequence with the code “%(code)s”. Create one, without"
                    " a company.",
                    code=code,
                )
            )
        if not sequence.company_id:
            self.env.cr.execute(
                SQL(
                    "UPDATE ir_sequence SET write_date = write_date WHERE id = %s",
                    sequence.id,
                )
            )
            sequence = sequence.copy({"company_id": company.id, "number_next": 1})
        return sequence

    @api.model
    def _kam_remove_copies(self):
        """Remove the sequences that companies were given: they have no external id."""
        shipped = self.env["ir.model.data"].search(
            [("module", "=", "key_account_management"), ("model", "=", self._name)]
        )
        codes = self.browse(shipped.mapped("res_id")).exists().mapped("code")
        copies = (
            self.sudo()
            .with_context(active_test=False)
            .search([("code", "in", codes), ("id", "not in", shipped.mapped("res_id"))])
        )
        copies.unlink()
