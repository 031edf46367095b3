"""The yardstick: the aggregates of the refresh, and nothing else, into a new table."""

BARE = """
CREATE TABLE kam_bench_bare AS
WITH invoiced AS (
    SELECT p.commercial_partner_id AS partner_id,
        SUM(m.amount_untaxed_signed) FILTER (
            WHERE m.invoice_date > %(start)s) AS revenue_12m,
        SUM(m.amount_untaxed_signed) FILTER (
            WHERE m.invoice_date > %(before)s AND m.invoice_date <= %(start)s)
            AS revenue_prev_12m
    FROM account_move m JOIN res_partner p ON p.id = m.partner_id
    WHERE m.company_id = %(company)s AND m.state = 'posted'
        AND m.move_type IN ('out_invoice', 'out_refund')
        AND m.invoice_date <= %(end)s
    GROUP BY 1
), ordered AS (
    SELECT p.commercial_partner_id AS partner_id,
        COUNT(*) FILTER (WHERE o.date_order >= %(start_utc)s) AS order_count_12m,
        MIN(o.date_order) AS first_order, MAX(o.date_order) AS last_order
    FROM sale_order o JOIN res_partner p ON p.id = o.partner_id
    WHERE o.company_id = %(company)s AND o.state = 'sale'
        AND o.date_order < %(end_utc)s
    GROUP BY 1
), overdue AS (
    SELECT p.commercial_partner_id AS partner_id,
        SUM(l.amount_residual) AS overdue_amount
    FROM account_move_line l
    JOIN account_account c ON c.id = l.account_id
        AND c.account_type = 'asset_receivable'
    JOIN res_partner p ON p.id = l.partner_id
    WHERE l.company_id = %(company)s AND l.parent_state = 'posted'
        AND l.date_maturity < %(end)s AND l.reconciled IS NOT TRUE
    GROUP BY 1
), performed AS (
    SELECT partner_id, SUM(amount) AS amount, SUM(honoured) AS honoured
    FROM (
        SELECT p.commercial_partner_id AS partner_id, l.balance AS amount,
            SUM(r.amount) FILTER (WHERE kj.type = 'bank'
                AND r.max_date <= l.date_maturity + 5) AS honoured
        FROM account_move_line l
        JOIN account_journal j ON j.id = l.journal_id AND j.type = 'sale'
        JOIN account_account c ON c.id = l.account_id
            AND c.account_type = 'asset_receivable'
        JOIN res_partner p ON p.id = l.partner_id
        LEFT JOIN account_partial_reconcile r ON r.debit_move_id = l.id
        LEFT JOIN account_move_line k ON k.id = r.credit_move_id
        LEFT JOIN account_journal kj ON kj.id = k.journal_id
        WHERE l.company_id = %(company)s AND l.parent_state = 'posted'
            AND l.balance > 0 AND l.date_maturity > %(start)s
            AND l.date_maturity <= %(end)s
        GROUP BY l.id, p.commercial_partner_id
    ) lines
    GROUP BY 1
)
SELECT partner_id, revenue_12m, revenue_prev_12m, order_count_12m, first_order,
    last_order, overdue_amount, honoured / NULLIF(amount, 0) AS performance
FROM invoiced FULL JOIN ordered USING (partner_id) FULL JOIN overdue USING (partner_id)
    FULL JOIN performed USING (partner_id)
"""
