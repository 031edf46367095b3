import {rpcBus} from "@web/core/network/rpc";

// Pages that show no text within this time are empty.
const PATIENCE = 10000;

let waiting = 0;
rpcBus.addEventListener("RPC:REQUEST", () => waiting++);
rpcBus.addEventListener("RPC:RESPONSE", () => waiting--);

const pause = (time) => new Promise((resolve) => setTimeout(resolve, time));

/** Nothing was asked of the server for a while, and the page is drawn. */
async function settle() {
    const start = Date.now();
    let quiet = 0;
    while (quiet < 3 && Date.now() - start < PATIENCE) {
        await pause(15);
        await new Promise((resolve) => requestAnimationFrame(resolve));
        quiet = waiting ? 0 : quiet + 1;
    }
}

/** All that one can read on the page, also in boxes and hints. */
function read() {
    const texts = [document.body.innerText];
    for (const el of document.querySelectorAll("input, textarea")) {
        texts.push(el.value);
    }
    for (const el of document.querySelectorAll("[title], [data-tooltip]")) {
        texts.push(el.title, el.dataset.tooltip);
    }
    return texts.join("\n");
}

/** Elements that came from a text instead of from a template. */
function findHarm() {
    const harm = [...document.querySelectorAll("img[src=x], [onerror*=kamScript]")];
    const links = [...document.querySelectorAll("a[href], iframe[src]")];
    harm.push(
        ...links.filter((el) => /^\s*javascript:.*kamScript/.test(el.href || el.src))
    );
    return harm.map((el) => el.outerHTML);
}

/** A method may answer with a message, or send one over the bus. */
async function notify({model, method, ids, text}) {
    const {action, orm} = odoo.__WOWL_DEBUG__.root.env.services;
    const result = await orm.call(model, method, [ids]);
    if (result && result.type) {
        await action.doAction(result);
    }
    const start = Date.now();
    const find = () => document.querySelectorAll(".o_notification");
    const shows = () => [...find()].some((el) => el.innerText.includes(text));
    while (!shows() && Date.now() - start < PATIENCE) {
        await pause(50);
    }
    return shows();
}

/**
 * Opens pages, and says which texts did not show, or were more than texts.
 *
 * @param {Object} settings
 * @param {Object[]} settings.pages actions
 * @param {Object[]} settings.calls methods that tell something, and a part of what
 * @param {String[]} settings.expected names of the fields that must show
 */
async function show({pages, calls, expected}) {
    const {action} = odoo.__WOWL_DEBUG__.root.env.services;
    const shown = new Set();
    const wrong = [];
    const look = (page) => {
        for (const match of read().matchAll(/‹([^›]+)›/g)) {
            shown.add(match[1]);
        }
        const where = `${page.name} ${page.views[0][1]} ${page.res_id || ""}`;
        if (window.kamScript) {
            wrong.push(`${where}: the script of ${window.kamScript} ran`);
            delete window.kamScript;
        }
        wrong.push(...findHarm().map((html) => `${where}: ${html}`));
    };
    for (const page of pages) {
        await action.doAction(page, {clearBreadcrumbs: true});
        await settle();
        look(page);
        const count = document.querySelectorAll(".o_notebook .nav-link").length;
        for (let index = 1; index < count; index++) {
            document.querySelectorAll(".o_notebook .nav-link")[index].click();
            await settle();
            look(page);
        }
    }
    document.querySelector(".o_menu_systray [aria-label=Activities]").click();
    await settle();
    look({name: "activities", views: [["", "menu"]]});
    for (const call of calls) {
        const page = {name: call.method, views: [["", "notification"]]};
        if (!(await notify(call))) {
            wrong.push(`${call.method} has not told: ${call.text}`);
        }
        look(page);
    }
    const missing = expected.filter((name) => !shown.has(name));
    if (missing.length) {
        wrong.push(`not shown: ${missing.join(" ")}`);
    }
    if (wrong.length) {
        console.error(wrong.join("\n"));
    } else {
        console.log("test successful");
    }
}

odoo.kamShow = show;
