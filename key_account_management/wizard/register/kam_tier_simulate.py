from collections import Counter

from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import SQL

# Accounts that the wizard lists by name; the totals count all of them.
MOVES_SHOWN = 200


class KamTierSimulate(models.TransientModel):
    """Try out thresholds and weights on the register before they are saved."""

    _name = "kam.tier.simulate"
    _inherit = ["kam.access.mixin"]
    _description = "Try Out Key Account Rules"

    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    hysteresis = fields.Float(
        string="Margin Before Leaving a Tier (%)",
        default=lambda self: self.env.company.kam_hysteresis,
    )
    criterion_ids = fields.One2many(
        "kam.tier.simulate.criterion",
        "simulation_id",
        string="Criteria",
        default=lambda self: self._default_criterion_ids(),
    )
    tier_ids = fields.One2many(
        "kam.tier.simulate.tier",
        "simulation_id",
        string="Tiers",
        default=lambda self: self._default_tier_ids(),
    )
    move_ids = fields.One2many(
        "kam.tier.simulate.move", "simulation_id", string="Who Would Move"
    )
    move_count = fields.Integer(string="Accounts That Would Move", readonly=True)
    ordinary_count = fields.Integer(string="Ordinary Customers Now", readonly=True)
    ordinary_simulated = fields.Integer(string="Ordinary Customers Then", readonly=True)
    is_simulated = fields.Boolean()

    @api.model
    def _default_criterion_ids(self):
        return self._copy_rules(self.env.company._kam_criteria(), "criterion_id")

    @api.model
    def _default_tier_ids(self):
        return self._copy_rules(self.env.company._kam_tiers(), "tier_id")

    @api.model
    def _copy_rules(self, rules, fname):
        return [
            Command.create({fname: rule.id, **self._rule_values(rule)})
            for rule in rules
        ]

    @api.model
    def _rule_values(self, rule):
        """What defines a criterion or tier, be it saved or tried out."""
        return {fname: rule[fname] for fname in rule._rule_fields()}

    def _check_rules(self):
        # The figures are read and the margin is written past the record rules.
        self.company_id.check_access("read")
        self.criterion_ids._check_total_weight()
        self.tier_ids._check_descending()

    def action_simulate(self):
        """Count the accounts of each tier under these rules, and list the movers."""
        self.ensure_one()
        self._check_rules()
        self.env.flush_all()
        now, then, move_count = Counter(), Counter(), 0
        for tier_from, tier_to, count in self.env.execute_query(
            SQL(
                "SELECT current_tier_id, tier_id, COUNT(*) FROM %s GROUP BY 1, 2",
                self._rated(),
            )
        ):
            now[tier_from] += count
            then[tier_to] += count
            move_count += count if tier_from != tier_to else 0
        for line in self.tier_ids:
            line.account_count = now[line.tier_id.id]
            line.simulated_count = then[line.tier_id.id]
        self.write(
            {
                "is_simulated": True,
                "move_count": move_count,
                "ordinary_count": now[None],
                "ordinary_simulated": then[None],
                "move_ids": [
                    Command.clear(),
                    *map(Command.create, self._moves(limit=MOVES_SHOWN)),
                ],
            }
        )
        return self._reopen()

    def _moves(self, limit):
        return self.env.execute_query_dict(
            SQL(
                """
                SELECT id AS account_id, current_tier_id AS tier_from_id,
                    tier_id AS tier_to_id, score AS simulated_score
                FROM %s WHERE tier_id IS DISTINCT FROM current_tier_id
                ORDER BY revenue_rank LIMIT %s
                """,
                self._rated(),
                limit,
            )
        )

    def action_save(self):
        """Make these the rules of the company and refresh its register."""
        self.ensure_one()
        self._check_rules()
        self.criterion_ids.criterion_id.check_access("write")
        self.company_id.sudo().kam_hysteresis = self.hysteresis
        # The heaviest first: the weights never add up to zero on the way.
        for line in self.criterion_ids.sorted("weight", reverse=True):
            line.criterion_id.write(self._rule_values(line))
        self.tier_ids.tier_id._write_together(
            {line.tier_id: self._rule_values(line) for line in self.tier_ids}
        )
        return self.env["kam.account"]._action_refresh(self.company_id)

    def _rated(self):
        """Sub-query: the register's figures, rated by the rules of the wizard."""
        accounts = self.env["kam.account"]
        return SQL(
            """
            (SELECT t.*, %(tier)s AS tier_id FROM (
                SELECT a.id, a.revenue_rank, a.tier_id AS current_tier_id,
                    %(metrics)s, %(score)s AS score
                FROM kam_account a WHERE a.company_id = %(company)s AND a.active) t
            ) simulated
            """,
            company=self.company_id.id,
            metrics=accounts._rated_columns(self.criterion_ids),
            score=self.criterion_ids._score_sql("a"),
            tier=self.company_id.sudo()._kam_tier_sql(
                "t",
                SQL("t.current_tier_id"),
                self.company_id._kam_today(),
                self.tier_ids,
                self.hysteresis,
            ),
        )

    def _reopen(self):
        return self.env["ir.actions.actions"]._kam_dialog(
            self, self.env._("Try Out Rules")
        )


class KamTierSimulateCriterion(models.TransientModel):
    _name = "kam.tier.simulate.criterion"
    _inherit = ["kam.criterion.mixin", "kam.access.mixin"]
    _description = "Criterion of a Simulation"

    simulation_id = fields.Many2one(
        "kam.tier.simulate", required=True, ondelete="cascade", index=True
    )
    criterion_id = fields.Many2one("kam.criterion", required=True, ondelete="cascade")


class KamTierSimulateTier(models.TransientModel):
    _name = "kam.tier.simulate.tier"
    _inherit = ["kam.tier.mixin", "kam.access.mixin"]
    _description = "Tier of a Simulation"
    _rec_name = "tier_id"

    simulation_id = fields.Many2one(
        "kam.tier.simulate", required=True, ondelete="cascade", index=True
    )
    tier_id = fields.Many2one("kam.tier", required=True, ondelete="cascade")
    currency_id = fields.Many2one(related="simulation_id.currency_id")
    account_count = fields.Integer(string="Accounts Now", readonly=True)
    simulated_count = fields.Integer(string="Accounts Then", readonly=True)

    def _rule_tier(self):
        return self.tier_id


class KamTierSimulateMove(models.TransientModel):
    _name = "kam.tier.simulate.move"
    _inherit = ["kam.access.mixin"]
    _description = "Move in a Simulation"

    simulation_id = fields.Many2one(
        "kam.tier.simulate", required=True, ondelete="cascade", index=True
    )
    account_id = fields.Many2one("kam.account", required=True, ondelete="cascade")
    currency_id = fields.Many2one(related="account_id.currency_id")
    revenue_12m = fields.Monetary(related="account_id.revenue_12m")
    score = fields.Float(related="account_id.score")
    simulated_score = fields.Float(string="Score Then", digits=(5, 2), readonly=True)
    tier_from_id = fields.Many2one("kam.tier", string="Now", readonly=True)
    tier_to_id = fields.Many2one("kam.tier", string="Then", readonly=True)
