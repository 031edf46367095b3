import {
    addLine,
    choose,
    edit,
    openPage,
    press,
    save,
    select,
    statusIs,
} from "@key_account_management/../tests/tours/kam_tour_utils";
import {registry} from "@web/core/registry";

// From a lead to a key account that has been visited: the account manager screens and
// submits, the supervisor and the manager confirm, the account manager makes the first
// visit and follows it up. Told by `tests/test_story.py`.
const tours = registry.category("web_tour.tours");
const {DateTime} = luxon;

function stageIs(stage) {
    return {
        content: `The stage is: ${stage}`,
        trigger: `.o_field_widget[name=stage] button.o_arrow_button_current:contains(${stage})`,
    };
}

function nextStage(stage) {
    return [press("action_next_stage", "Next stage"), stageIs(stage)];
}

const scores = [...Array(7).keys()].flatMap((row) => {
    const cell = `.o_field_widget[name=risk_line_ids] .o_data_row:eq(${row}) td[name=points]`;
    return [
        {content: `Score indicator ${row + 1}`, trigger: cell, run: "click"},
        {trigger: `${cell} input`, run: "edit 80"},
    ];
});

tours.add("kam_story_screening_tour", {
    steps: () => [
        press("action_kam_screen", "Screen the lead"),
        {
            content: "The candidate is the company of the lead",
            trigger: ".o_field_widget[name=candidate]:contains(Beta Works)",
        },
        edit("expected_revenue", "1000000"),
        edit("needs", "Bearings that last", "textarea"),
        edit("opportunity", "A plant opens in May", "textarea"),
        ...save,
        stageIs("Information"),
        ...nextStage("Potential"),
        ...nextStage("Needs"),
        ...nextStage("Our resources"),
        press("action_next_stage", "Going on without resources"),
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
            trigger: ".o_field_widget[name=resource_ids] td[name=points] input",
            run: "edit 80",
        },
        addLine("advantage_ids"),
        ...select("kind", "Less waste", ".o_selected_row"),
        edit("name", "Bearings made to measure", "input", ".o_selected_row"),
        ...save,
        ...nextStage("Fit"),
        ...nextStage("Competitors"),
        openPage("competitors"),
        addLine("competitor_ids"),
        edit("name", "Rival", "input", ".modal"),
        edit("share", "40", "input", ".modal"),
        edit("weaknesses", "Delivers late", "textarea", ".modal"),
        {
            trigger: ".modal .o_form_button_save",
            run: "click",
        },
        {
            trigger:
                "body:not(:has(.modal)) .o_field_widget[name=competitor_ids] .o_data_row:contains(Rival)",
        },
        ...nextStage("Risk"),
        openPage("risk"),
        ...scores,
        openPage("worth"),
        edit("expected_margin", "20"),
        edit("staff_cost", "30000"),
        edit("travel_cost", "10000"),
        ...save,
        {
            content: "The risk is low",
            trigger: ".o_field_widget[name=risk_verdict]:contains(Low risk)",
        },
        {
            content: "It is worth it",
            trigger: ".o_field_widget[name=worth]:contains(Worth it)",
        },
        openPage("profile"),
        edit("buyers", "Makers of pumps", "textarea"),
        openPage("development"),
        addLine("contact_ids"),
        edit("person_name", "Bea"),
        edit("result", "Liked the samples"),
        press("action_submit", "Submit"),
        stageIs("Confirmation"),
        {
            content: "The applicant does not decide",
            trigger: ".o_form_statusbar:not(:has(button[name=action_approve]))",
        },
    ],
});

tours.add("kam_story_decide_tour", {
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
        press("action_approve", "Approve"),
        {
            content: "Nothing is left to decide for me",
            trigger: ".o_form_statusbar:not(:has(button[name=action_approve]))",
        },
    ],
});

// The way back from the lead to the visit, which nobody but the approval has made.
const findSteps = () => [
    press("action_kam_screen", "What has become of my lead?"),
    {
        content: "It was confirmed, and the file is archived",
        trigger: ".ribbon:contains(Confirmed)",
    },
    {
        content: "Go to the key account",
        trigger: ".o-form-buttonbox button[name=action_view_account]",
        run: "click",
    },
    {
        content: "It has its tier",
        trigger: ".o_field_widget[name=tier_id]:contains(Key)",
    },
    {
        content: "One visit is waiting",
        trigger: ".o-form-buttonbox button[name=action_view_visits]:contains(1)",
        run: "click",
    },
    {
        trigger: ".o_data_row:contains(First visit) td[name=purpose]",
        run: "click",
    },
    {
        content: "An activity says until when it is to be planned",
        trigger: ".o-mail-Activity:contains(First visit)",
    },
];

/** A browser that knows where it is. */
function share(latitude, longitude) {
    return {
        content: "Share the position",
        trigger: "body",
        run() {
            Object.defineProperty(navigator, "geolocation", {
                configurable: true,
                value: {
                    getCurrentPosition: (done) => done({coords: {latitude, longitude}}),
                },
            });
        },
    };
}

const planSteps = (pick) => [
    {
        content: "Bea of the lead is proposed",
        trigger: ".o_field_widget[name=contact_ids]:contains(Bea Lee)",
    },
    {
        content: "The preparation page shows whom I meet",
        trigger: ".o_kam_preparation .card:contains(Bea Lee)",
    },
    {
        content: "… what the screening found",
        trigger:
            ".o_kam_preparation:contains(Bearings that last):contains(to measure):contains(Rival)",
    },
    {
        content: "… and the lead, an opportunity by now",
        trigger: ".o_kam_preparation:contains(Bearings for a new plant)",
    },
    {
        content: "They have time today",
        trigger: ".o_field_widget[name=start] button",
        run: "click",
    },
    {
        trigger: ".o_field_widget[name=start] input",
        run({edit: enter}) {
            const start = DateTime.now().plus({minutes: 30});
            return enter(start.toFormat("MM/dd/yyyy HH:mm:ss"));
        },
    },
    {
        content: "What it is for",
        trigger: ".o_field_widget[name=purpose] input",
        run: "edit See the plant",
    },
    ...pick("user_ids", "ben"),
    press("action_plan", "Plan"),
    statusIs("Planned"),
    {
        content: "The reminder to plan is done with",
        trigger: ".o-mail-Chatter:not(:has(.o-mail-Activity))",
    },
    openPage("preparation"),
];

const attendSteps = () => [
    share(31.2304, 121.4737),
    {
        content: "Arrive",
        trigger: ".o_kam_check_in:contains(Check in)",
        run: "click",
    },
    {
        content: "Leave",
        trigger: ".o_kam_check_in:contains(Check out)",
        run: "click",
    },
    {
        content: "Left",
        trigger: ".o_form_statusbar:not(:has(.o_kam_check_in))",
    },
    openPage("record"),
    edit("main_points", "They want it in spring", "textarea"),
    edit("customer_thinking", "They fear standstills", "textarea"),
    edit("suggestions", "Bring the engineer", "textarea"),
    edit("latest_info", "A second hall is planned", "textarea"),
    edit("next_step", "Send the offer"),
    openPage("findings"),
];

const closeSteps = () => [
    openPage("summary"),
    edit("experience", "Drawings help", "textarea"),
    edit("shortcomings", "No samples with us", "textarea"),
    edit("improvement", "Bring samples", "textarea"),
    press("action_done", "Close the visit"),
    statusIs("Done"),
    openPage("next"),
    {
        content: "The next step is known",
        trigger: ".o_field_widget[name=next_step]:contains(Send the offer)",
    },
    {
        content: "A follow-up is due within a week",
        trigger: ".o_field_widget[name=follow_up_state]:contains(To follow up)",
    },
    {
        content: "It is an activity",
        trigger: ".o-mail-Activity:contains(Call or visit again)",
    },
    press("action_follow_up_by_phone", "The customer was called"),
    {
        content: "Followed up",
        trigger: ".o_field_widget[name=follow_up_state]:contains(Followed up)",
    },
];

function handOver(name, line) {
    const record = `.o_field_widget[name=finding_ids] ${line}:contains(${name})`;
    return [
        {
            content: `Hand over: ${name}`,
            trigger: `${record} button[name=action_hand_over]`,
            run: "click",
        },
        {
            content: "It is in hand",
            trigger: `${record}:contains(In progress)`,
        },
    ];
}

tours.add("kam_story_visit_tour", {
    steps: () => [
        ...findSteps(),
        ...planSteps(choose),
        {
            content: "Prepare",
            trigger:
                ".o_field_widget[name=check_ids] .o_data_row:first .o_field_widget[name=is_done] input",
            run: "click",
        },
        ...attendSteps(),
        addLine("finding_ids"),
        edit("name", "New line", "input", ".o_selected_row"),
        addLine("finding_ids"),
        ...select("kind", "Problem", ".o_selected_row"),
        edit("name", "Burrs", "input", ".o_selected_row"),
        ...save,
        ...handOver("New line", ".o_data_row"),
        ...handOver("Burrs", ".o_data_row"),
        ...closeSteps(),
    ],
});

/** On a phone, records are chosen from a page of their own. */
function chooseOnPhone(field, text) {
    return [
        {
            trigger: `.o_field_widget[name=${field}] input`,
            run: "click",
        },
        {
            trigger: `.modal .o_kanban_record:contains(${text})`,
            run: "click",
        },
    ];
}

function addOnPhone(name, kind) {
    return [
        {
            content: `Add a finding: ${name}`,
            trigger: ".o_field_widget[name=finding_ids] .o-kanban-button-new",
            run: "click",
        },
        ...(kind
            ? [
                  {
                      trigger: `.modal .o_field_widget[name=kind] .o_radio_item:contains(${kind}) input`,
                      run: "click",
                  },
              ]
            : []),
        edit("name", name, "input", ".modal"),
        {
            trigger: ".modal .o_form_button_save",
            run: "click",
        },
        {
            trigger: `body:not(:has(.modal)) .o_kanban_record:contains(${name})`,
        },
    ];
}

tours.add("kam_story_visit_phone_tour", {
    steps: () => [
        {
            content: "Open the first visit",
            trigger: ".o_kanban_record:contains(Beta Works):contains(First visit)",
            run: "click",
        },
        ...planSteps(chooseOnPhone),
        {
            content: "Prepare",
            trigger:
                ".o_field_widget[name=check_ids] .o_kanban_record:first .o_field_widget[name=is_done] input",
            run: "click",
        },
        ...attendSteps(),
        ...addOnPhone("New line"),
        ...addOnPhone("Burrs", "Problem"),
        ...save,
        ...handOver("New line", ".o_kanban_record"),
        ...handOver("Burrs", ".o_kanban_record"),
        ...closeSteps(),
    ],
});
