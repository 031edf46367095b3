from odoo.tests import TransactionCase, tagged
ADDON = "key_account_management"

@tagged("post_install", "-at_install")
class TestCopy(TransactionCase):
    def test_list(self):
        out = open("/tmp/visit_fields.txt", "w")
        for name in sorted(self.env.registry):
            Model = self.env[name]
            if Model._abstract: continue
            for f in Model._fields.values():
                if ADDON not in f._modules or f.related: continue
                if f.compute and f.store and not f.readonly:
                    print("EDITABLE", name, f.name, f.type, f.compute, "transient" if Model._transient else "", file=out)
                if f.copy and f.store and not Model._transient and Model._auto:
                    print("COPY", name, f.name, f.type, "ro" if f.readonly else "", "comp" if f.compute else "", "req" if f.required else "", "default" if f.default else "", file=out)
        for name in sorted(self.env.registry):
            Model = self.env[name]
            if Model._abstract or Model._transient or not Model._auto or not name.startswith("kam."): continue
            acc = self.env["ir.model.access"].search([("model_id.model","=",name),("perm_create","=",True)])
            print("CREATE", name, acc.group_id.mapped("name"), file=out)
