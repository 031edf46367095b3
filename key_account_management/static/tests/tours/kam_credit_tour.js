import {registry} from "@web/core/registry";

// The change of a credit grade, with four users: the region applies, the greater region
// verifies too late, which the director is told, the director gives head office more
// time, head office approves.
// The records are those of `tests/test_credit_ui.py`.
const tours = registry.category("web_tour.tours");
const REQUEST = ".o_data_row td[name=document]:contains(Alpha)";

function statusIs(state) {
    return {
        content: `The request is: ${state}`,
        trigger: `.o_statusbar_status button.o_arrow_button_current:contains(${state})`,
    };
}

function approve(content) {
    return [
        {
            content: "Open what waits for me",
            trigger: `${REQUEST} ~ td button[name=action_view_document]`,
            run: "click",
        },
        {
            content: "The timeline shows all steps",
            trigger:
                ".o_field_widget[name=approval_ids] .o_data_row:contains(Head office)",
        },
        {
            content,
            trigger: ".o_form_statusbar button[name=action_approve]",
            run: "click",
        },
        {
            content: "Nothing is left to decide for me",
            trigger: ".o_form_statusbar:not(:has(button[name=action_approve]))",
        },
    ];
}

tours.add("kam_credit_region_tour", {
    steps: () => [
        {
            content: "Credit is on the form of the account",
            trigger: ".o_notebook .nav-link[name=credit]",
            run: "click",
        },
        {
            content: "The performance is explained by invoices",
            trigger: ".o_field_widget[name=obligation_ids] .o_data_row:contains(INV)",
        },
        {
            content: "Apply for another grade",
            trigger: "button[name=action_request_grade]",
            run: "click",
        },
        {
            content: "Choose the grade",
            trigger: ".o_field_widget[name=grade_to_id] input",
            run: "edit Green",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains(Green list)",
            run: "click",
        },
        {
            content: "The limit follows from the grade",
            trigger: ".o_field_widget[name=limit_to] input:value(300,000)",
        },
        {
            content: "Give the reason",
            trigger: ".o_field_widget[name=reason] textarea",
            run: "edit Pays before time",
        },
        {
            content: "Submit",
            trigger: ".o_form_statusbar button[name=action_submit]",
            run: "click",
        },
        statusIs("To approve"),
        {
            content: "The applicant does not decide",
            trigger: ".o_form_statusbar:not(:has(button[name=action_approve]))",
        },
    ],
});

tours.add("kam_credit_greater_tour", {
    steps: () => [
        {
            content: "The list says that it is late",
            trigger: ".o_data_row.text-danger td[name=document]:contains(Alpha)",
        },
        ...approve("Verify"),
        statusIs("To approve"),
    ],
});

tours.add("kam_credit_director_tour", {
    steps: () => [
        {
            content: "The director was told of the late step",
            trigger: ".o-mail-Activity:contains(Late since)",
        },
        {
            content: "The chatter says it, too",
            trigger: ".o-mail-Message:contains(should have been decided)",
        },
    ],
});

tours.add("kam_credit_extend_tour", {
    steps: () => [
        {
            content: "Give head office more time",
            trigger: ".o_form_statusbar button[name=action_extend_by_days]",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=days] input",
            run: "edit 2",
        },
        {
            trigger: ".modal footer .btn-primary",
            run: "click",
        },
        {
            content: "The wizard is closed",
            trigger: "body:not(:has(.modal))",
        },
        statusIs("To approve"),
    ],
});

tours.add("kam_credit_centre_tour", {
    steps: () => [...approve("Approve"), statusIs("Approved")],
});
