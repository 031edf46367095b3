import {registry} from "@web/core/registry";

// From a lead to a key account: the account manager screens and submits, the supervisor
// and the manager confirm. The records are those of `tests/test_screening_ui.py`.
const tours = registry.category("web_tour.tours");

function openPage(name) {
    return {
        content: `Open the page ${name}`,
        trigger: `.o_notebook .nav-link[name=${name}]`,
        run: "click",
    };
}

function stageIs(stage) {
    return {
        content: `The stage is: ${stage}`,
        trigger: `.o_field_widget[name=stage] button.o_arrow_button_current:contains(${stage})`,
    };
}

function nextStage(stage) {
    return [
        {
            content: "Next stage",
            trigger: ".o_form_statusbar button[name=action_next_stage]",
            run: "click",
        },
        stageIs(stage),
    ];
}

function edit(field, value, tag = "input") {
    return {
        content: `Enter ${field}`,
        trigger: `.o_field_widget[name=${field}] ${tag}`,
        run: `edit ${value}`,
    };
}

function addLine(field) {
    return {
        content: `Add a line to ${field}`,
        trigger: `.o_field_widget[name=${field}] .o_field_x2many_list_row_add a`,
        run: "click",
    };
}

const save = [
    {
        content: "Save",
        trigger: ".o_form_button_save",
        run: "click",
    },
    {
        trigger: ".o_form_saved",
    },
];

const scores = [...Array(7).keys()].flatMap((row) => [
    {
        content: `Score indicator ${row + 1}`,
        trigger: `.o_field_widget[name=risk_line_ids] .o_data_row:eq(${row}) td[name=points]`,
        run: "click",
    },
    {
        trigger: `.o_field_widget[name=risk_line_ids] .o_data_row:eq(${row}) td[name=points] input`,
        run: "edit 80",
    },
]);

tours.add("kam_screening_tour", {
    steps: () => [
        {
            content: "Screen the lead",
            trigger: ".o_form_statusbar button[name=action_kam_screen]",
            run: "click",
        },
        {
            content: "The candidate is the company of the lead",
            trigger: ".o_field_widget[name=candidate]:contains(Beta Works)",
        },
        edit("expected_revenue", "1000000"),
        edit("needs", "Bearings that last", "textarea"),
        ...save,
        stageIs("Information"),
        ...nextStage("Potential"),
        ...nextStage("Needs"),
        ...nextStage("Our resources"),
        {
            content: "Going on without resources",
            trigger: ".o_form_statusbar button[name=action_next_stage]",
            run: "click",
        },
        {
            content: "The message says what is missing",
            trigger: ".modal .modal-body:contains(at least one department)",
        },
        {
            trigger: ".modal footer .btn-primary",
            run: "click",
        },
        openPage("resources"),
        addLine("resource_ids"),
        edit("need", "Precision"),
        {
            content: "Rate the fit",
            trigger: ".o_field_widget[name=resource_ids] td[name=fit] input",
            run: "edit 80",
        },
        ...save,
        ...nextStage("Fit"),
        ...nextStage("Competitors"),
        openPage("competitors"),
        {
            content: "Nobody competes",
            trigger: ".o_field_widget[name=no_competitor] input",
            run: "click",
        },
        ...nextStage("Risk"),
        openPage("risk"),
        ...scores,
        openPage("worth"),
        edit("expected_margin", "20"),
        ...save,
        {
            content: "The risk is low",
            trigger: ".o_field_widget[name=risk_verdict]:contains(Low risk)",
        },
        {
            content: "It is worth it",
            trigger: ".o_field_widget[name=worth]:contains(Worth it)",
        },
        openPage("development"),
        addLine("contact_ids"),
        edit("person_name", "Bea"),
        edit("result", "Liked the samples"),
        {
            content: "Submit",
            trigger: ".o_form_statusbar button[name=action_submit]",
            run: "click",
        },
        stageIs("Confirmation"),
        {
            content: "The applicant does not decide",
            trigger: ".o_form_statusbar:not(:has(button[name=action_approve]))",
        },
    ],
});

tours.add("kam_screening_decide_tour", {
    steps: () => [
        {
            content: "Open what waits for me",
            trigger:
                ".o_data_row td[name=document]:contains(Beta) ~ td button[name=action_view_document]",
            run: "click",
        },
        openPage("confirmation"),
        {
            content: "Both steps are shown",
            trigger:
                ".o_field_widget[name=approval_ids] .o_data_row:contains(Confirmation by the manager)",
        },
        {
            content: "Approve",
            trigger: ".o_form_statusbar button[name=action_approve]",
            run: "click",
        },
        {
            content: "Nothing is left to decide for me",
            trigger: ".o_form_statusbar:not(:has(button[name=action_approve]))",
        },
    ],
});

tours.add("kam_screening_account_tour", {
    steps: () => [
        {
            content: "The first visit is planned",
            trigger: ".o-mail-Activity:contains(First visit)",
        },
        {
            content: "The file is one click away",
            trigger: ".o-form-buttonbox .o_button_more",
            run: "click",
        },
        {
            trigger: ".o-dropdown--menu button[name=action_view_screenings]",
            run: "click",
        },
        {
            content: "It is archived, as confirmed",
            trigger: ".o_kanban_record:contains(Beta Works):contains(Confirmed)",
        },
    ],
});
