from ...models.approval.kam_approval import ACTIVITY_TYPE
from ..common import KamCase

MONDAY = "2026-06-01 08:00:00"


class ApprovalCase(KamCase):
    """The engine, on proposals made by hand: region → greater region → head office."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls._customer("Alpha")
        cls._invoice(cls.partner, 100.0)
        cls._refresh()
        cls.account = cls._account(cls.partner)
        cls.account.write({"manager_id": cls.users["amy"].id, "team_id": cls.east.id})
        cls.Step = cls.env["kam.approval.step"]
        cls.Step.search([]).active = False
        cls.model = cls.env["ir.model"]._get("kam.tier.proposal")
        cls.region = cls._step("Region", 10, decider_type="leader", days=2)
        cls.greater = cls._step("Greater", 20, decider_type="parent_leader", days=3)
        cls.centre = cls._step(
            "Centre",
            30,
            group_id=cls.env.ref("key_account_management.group_kam_manager").id,
            days=3,
            max_days=7,
            cap_days=10,
            extend_group_id=cls.env.ref("key_account_management.group_kam_director").id,
        )

    @classmethod
    def _step(cls, name, sequence, **values):
        return cls.Step.create(
            {"name": name, "sequence": sequence, "model_id": cls.model.id, **values}
        )

    def _propose(self, login="amy"):
        proposals = self.env["kam.tier.proposal"].with_user(self.users[login]).sudo()
        proposal = proposals._propose(self.account.sudo(), self.core, "They grow")
        return proposal.sudo(False)

    def _as(self, login, proposal):
        proposal.invalidate_recordset()
        return proposal.with_user(self.users[login])

    def _row(self, proposal, step):
        return proposal.sudo().approval_ids.filtered(lambda row: row.step_id == step)

    def _activities(self, proposal):
        return self.env["mail.activity"].search(
            [
                ("res_model", "=", proposal._name),
                ("res_id", "=", proposal.id),
                ("activity_type_id", "=", self.env.ref(ACTIVITY_TYPE).id),
            ]
        )
