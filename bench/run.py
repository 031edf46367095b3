"""Measure the refresh on generated data: `make bench`, or `make bench ARGS=10000`.

Multiplies a hundred real customers with `odoo populate`, installs the addon on that
database, and compares the refresh with bare SQL over the same rows. Only ratios within
one run mean anything. The results go to bench/RESULTS.md.
"""

import os
import platform
import statistics
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from pathlib import Path

import psutil

from odoo import api
from odoo.modules.registry import Registry
from odoo.tools import config

from bench.bare import BARE
from bench.seed import CUSTOMERS, seed
from dev import databases

SIZES = (10_000, 100_000)
INVOICES = 10  # a customer, and as many orders
REPEAT = 3
SAMPLE = 200
RESULTS = Path(__file__).with_name("RESULTS.md")


def say(text):
    print(text, flush=True)


@contextmanager
def environment(name):
    """An environment on a database, committed at the end."""
    with closing(Registry(name).cursor()) as cr:
        yield api.Environment(cr, api.SUPERUSER_ID, {})
        cr.commit()


def timed(function, *args):
    start = time.monotonic()
    result = function(*args)
    return time.monotonic() - start, result


def populate(name, customers):
    factor = customers // CUSTOMERS
    models = {
        "res.partner": factor - 1,
        "account.move": factor * INVOICES - 1,
        "account.partial.reconcile": factor * INVOICES - 1,
        "sale.order": factor * INVOICES - 1,
    }
    options = [
        f"--models={','.join(models)}",
        f"--factors={','.join(map(str, models.values()))}",
        "--log-level=warn",
    ]
    subprocess.run(databases.odoo("populate", "-d", name, *options), check=True)
    vacuum(name)


def vacuum(name):
    with databases.cursor(name) as cr:
        cr.execute("VACUUM ANALYZE")


def bare(name):
    """Seconds of the yardstick, its commit included."""
    with environment(name) as env:
        company = env.company
        parameters = {**company._kam_window()._asdict(), "company": company.id}
        seconds, _ = timed(lambda: (env.cr.execute(BARE, parameters), env.cr.commit()))
        env.cr.execute("DROP TABLE kam_bench_bare")
    return seconds


def refresh(name):
    """Seconds, statements and result of a refresh, its commit included."""
    with environment(name) as env:
        before = env.cr.sql_log_count
        seconds, result = timed(
            lambda: (env["kam.account"]._refresh(env.company), env.cr.commit())[0]
        )
        statements = env.cr.sql_log_count - before
    return seconds, statements, result


def change_every_customer(name):
    with databases.cursor(name) as cr:
        cr.execute(
            """UPDATE account_move SET amount_untaxed_signed
                = round(amount_untaxed_signed * 1.01 + 1, 2)
            WHERE move_type = 'out_invoice'"""
        )
    vacuum(name)


def empty_register(name):
    with databases.cursor(name) as cr:
        cr.execute("TRUNCATE kam_account CASCADE")
    vacuum(name)


def core_total_invoiced(name):
    """Seconds a customer that core's `total_invoiced` takes."""
    with environment(name) as env:
        partners = env["kam.account"].search([], limit=SAMPLE).partner_id
        env.invalidate_all()
        seconds, _ = timed(partners.mapped, "total_invoiced")
    return seconds / SAMPLE


def measure(customers):
    name = f"kam_bench_{customers}"
    say(f"{customers:,} customers")
    databases.clone(databases.without_addons(), name)
    with environment(name) as env:
        seed(env)
    Registry.delete(name)
    seconds, _ = timed(populate, name, customers)
    say(f"  generated in {seconds:.0f} s")
    install, _ = timed(databases.install, name, databases.addons())
    rows = {"install": [install], "bare": [], "none": [], "every": [], "first": []}
    statements = {}
    ratios = {"first": [], "none": [], "every": []}
    for _turn in range(REPEAT):
        for kind, prepare in (
            ("first", empty_register),
            ("none", vacuum),
            ("every", change_every_customer),
        ):
            prepare(name)
            yardstick = bare(name)
            seconds, statements[kind], result = refresh(name)
            yardstick = (yardstick + bare(name)) / 2
            rows["bare"].append(yardstick)
            rows[kind].append(seconds)
            ratios[kind].append(seconds / yardstick)
            say(
                f"  {kind}: {seconds:.2f} s, {seconds / yardstick:.2f} × bare SQL, "
                f"{statements[kind]} statements, {result}"
            )
    core = core_total_invoiced(name) * customers
    with databases.cursor(name) as cr:
        cr.execute("SELECT COUNT(*) FROM account_move WHERE move_type = 'out_invoice'")
        [invoices] = cr.fetchone()
        cr.execute("SELECT COUNT(*) FROM sale_order")
        [orders] = cr.fetchone()
    Registry.delete(name)
    databases.drop(name)
    return {
        "customers": customers,
        "invoices": invoices,
        "orders": orders,
        "statements": statements,
        "core": core,
        "ratios": {kind: statistics.median(found) for kind, found in ratios.items()},
        **{kind: statistics.median(seconds) for kind, seconds in rows.items()},
    }


def machine():
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    memory = psutil.virtual_memory().total / 2**30
    with databases.cursor() as cr:
        cr.execute("SHOW server_version")
        [postgres] = cr.fetchone()
    return (
        f"{os.cpu_count()} cores of {model}, {memory:.0f} GiB of memory, "
        f"PostgreSQL {postgres}, Python {platform.python_version()}"
    )


def report(results):
    lines = [
        "# Results of `make bench`",
        "",
        f"Machine: {machine()}.",
        "",
        f"Medians of {REPEAT} runs, in seconds with the commit. In brackets the ratio",
        "to bare SQL run just before and after: the same aggregates of the same",
        "rows into a new table (`bench/bare.py`).",
        "",
        "| | " + " | ".join(f"{r['customers']:,} customers" for r in results) + " |",
        "|---|" + "---:|" * len(results),
    ]

    def row(title, cell):
        lines.append(f"| {title} | " + " | ".join(map(cell, results)) + " |")

    row("posted invoices", lambda r: f"{r['invoices']:,}")
    row("orders", lambda r: f"{r['orders']:,}")
    row("bare SQL", lambda r: f"{r['bare']:.2f}")
    for kind, title in (
        ("first", "refresh, first fill"),
        ("every", "refresh, every row changed"),
        ("none", "refresh, nothing changed"),
    ):
        row(title, lambda r, k=kind: f"{r[k]:.2f} ({r['ratios'][k]:.2f})")
    for kind in ("first", "every", "none"):
        row(
            f"statements, {kind}",
            lambda r, k=kind: str(r["statements"][k]),
        )
    row("installing the addon, first fill included", lambda r: f"{r['install']:.0f}")
    row(
        f"core's `total_invoiced` of all of them (from a sample of {SAMPLE})",
        lambda r: f"{r['core']:.0f}",
    )
    RESULTS.write_text("\n".join(lines) + "\n")
    say(RESULTS.read_text())


def main():
    config.parse_config(["--no-http", "--log-level=warn"], setup_logging=True)
    sizes = [int(size) for size in sys.argv[1:]] or SIZES
    report([measure(size) for size in sizes])


if __name__ == "__main__":
    main()
