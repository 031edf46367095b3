# Groups that may read a field, for ``groups=`` of fields.
INTERNAL = "base.group_user"  # neither customers nor visitors of the website
KAM_READERS = (
    "key_account_management.group_kam_user,key_account_management.group_kam_auditor"
)
CREDIT_READERS = (
    "key_account_management.group_kam_supervisor,"
    "key_account_management.group_kam_auditor"
)
# Administrators set the rules on credit, too.
RULE_READERS = f"{CREDIT_READERS},base.group_system"
# Core shows limits to accountants.
ACCOUNTANTS = "account.group_account_invoice,account.group_account_readonly"
LIMIT_READERS = f"{CREDIT_READERS},{ACCOUNTANTS}"
