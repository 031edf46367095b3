import {registry} from "@web/core/registry";

// Map → sponsor named → somebody not known yet → questionnaire. The records are those
// of `tests/test_stakeholder_ui.py`.
registry.category("web_tour.tours").add("kam_stakeholder_tour", {
    steps: () => [
        {
            content: "Open the page with the people",
            trigger: ".o_notebook a[name=stakeholders]",
            run: "click",
        },
        {
            content: "What is missing is listed on top",
            trigger: ".o_kam_gaps [data-gap=sponsor]",
        },
        {
            content: "The buyer reports to the boss: a line is drawn",
            trigger: ".o_kam_stakeholder_map:has(.o_kam_links polyline[points])",
        },
        {
            content: "Open the boss, who is an executive on the business line",
            trigger: "[data-cell=executive-business] .o_kam_person:contains(Boss)",
            run: "click",
        },
        {
            content: "The boss supports us",
            trigger: ".modal .o_field_widget[name=kam_support] select, .modal .o_field_widget[name=kam_support] input",
            run: "click",
        },
        {
            content: "As a sponsor",
            trigger: ".o_select_menu_item:contains(Sponsor)",
            run: "click",
        },
        {
            content: "Save",
            trigger: ".modal .o_form_button_save",
            run: "click",
        },
        {
            content: "The card shows it",
            trigger: ".o_kam_person.o_kam_sponsor:contains(Boss)",
        },
        {
            content: "The gap is closed",
            trigger: ".o_kam_gaps:not(:has([data-gap=sponsor]))",
        },
        {
            content: "Add somebody to the technical line",
            trigger: "[data-cell=front-technical] .o_kam_add",
            run: "click",
        },
        {
            content: "Only the position is known",
            trigger: ".modal .o_field_widget[name=name] input",
            run: "edit Workshop head",
        },
        {
            content: "Not known yet",
            trigger: ".modal .o_field_widget[name=kam_is_placeholder] input",
            run: "click",
        },
        {
            content: "Save",
            trigger: ".modal .o_form_button_save",
            run: "click",
        },
        {
            content: "Shown greyed",
            trigger: "[data-cell=front-technical] .o_kam_placeholder:contains(Workshop)",
        },
        {
            content: "How does the buyer think?",
            trigger: "[data-cell=middle-business] .o_kam_person:contains(Buyer)",
            run: "click",
        },
        {
            content: "Ask the questionnaire",
            trigger: ".modal button[name=action_kam_thinking_quiz]",
            run: "click",
        },
        {
            content: "One answer",
            trigger:
                ".modal .o_field_widget[name=opening] input[data-value=analytical]",
            run: "click",
        },
        {
            content: "The advice appears",
            trigger: ".modal .o_field_widget[name=advice]:contains(figures)",
        },
        {
            content: "Set the preference",
            trigger: ".modal button[name=action_apply]",
            run: "click",
        },
        {
            content: "The contact shows it",
            trigger: ".modal .o_field_widget[name=kam_thinking_advice]:contains(figures)",
        },
        {
            content: "Save",
            trigger: ".modal .o_form_button_save",
            run: "click",
        },
        {
            content: "Back on the map",
            trigger: "body:not(:has(.modal)) .o_kam_stakeholder_map",
        },
    ],
});
