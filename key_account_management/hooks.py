def post_init_hook(env):
    """Give every company its rules, then fill the register from its records."""
    companies = env["res.company"].sudo().search([])
    companies._kam_copy_rules(env.ref("base.main_company"))
    # Demo data was made before the translations were loaded.
    companies._kam_translate_rules()
    env["kam.approval"].search([])._copy_step_names()
    env["kam.account"]._refresh()
