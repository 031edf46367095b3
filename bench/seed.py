"""The few real records that `odoo populate` multiplies.

One posted invoice and one confirmed order for each of `CUSTOMERS` customers; four
invoices of five are paid. Copies get dates spread over some years, and belong to the
copies of the customers in turn.
"""

from odoo import Command, fields

CUSTOMERS = 100


def seed(env):
    company = env.company
    env["account.chart.template"].try_loading(
        "generic_coa", company, install_demo=False
    )
    env = env(context={**env.context, "tracking_disable": True})
    product = env["product.product"].create(
        {"name": "Bearing", "type": "service", "invoice_policy": "order"}
    )
    customers = env["res.partner"].create(
        [{"name": f"Customer {i}", "is_company": True} for i in range(CUSTOMERS)]
    )
    moves = env["account.move"].create(
        [
            {
                "move_type": "out_invoice",
                "partner_id": customer.id,
                "invoice_date": fields.Date.today(),
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": product.id,
                            # A few customers bring most of the revenue.
                            "price_unit": round(1000000 / (i + 1) ** 1.1, 2),
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
            }
            for i, customer in enumerate(customers)
        ]
    )
    moves.action_post()
    for i, move in enumerate(moves):
        if i % 5:
            env["account.payment.register"].with_context(
                active_model="account.move", active_ids=move.ids
            ).create({})._create_payments()
    orders = env["sale.order"].create(
        [
            {
                "partner_id": customer.id,
                "order_line": [
                    Command.create({"product_id": product.id, "price_unit": 100.0})
                ],
            }
            for customer in customers
        ]
    )
    orders.action_confirm()
