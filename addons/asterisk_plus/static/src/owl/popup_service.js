/** @odoo-module **/
/* The pop-ups of the web client (Odoo 16 and later): the bus in, cards out. What is shown when is decided by
 * js/lib/call_popups.js; Odoo 14 and 15 have js/popup_service.js in its place. */

import { browser } from "@web/core/browser/browser";
import { deserializeDateTime, formatDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { session } from "@web/session";
import { reactive } from "@odoo/owl";
import { listen, userId } from "./platform";
import { PopupContainer } from "./popup_container";

const POPUP = "asterisk_plus.popup";
// While something is live, ask the server now and then: a message can be lost with the connection.
const ASK_MS = 30000;

// A translation may be an object that becomes a text when it is first looked at.
const said = (term) => _t(term).toString();
const moment = (utc) => formatDateTime(deserializeDateTime(utc));

class Popups {
    constructor(env, services) {
        const { CallPopups } = window.AsteriskPlus;
        Object.assign(this, services);
        this.popups = new CallPopups(() => Date.now());
        this.state = reactive({ views: [] });
        this.heard = [];
        this.key = ["asterisk_plus", session.db, userId(env)].join(".");
        this.tab = [Date.now(), Math.random()].join("-"); // 19.0 gives a window no name
    }

    begin() {
        this.popups.loadChoices(this.kept(browser.localStorage));
        this.popups.loadEnded(this.kept(browser.sessionStorage));
        browser.addEventListener("storage", (event) => this.onStorage(event));
        browser.addEventListener("focus", () => this.comeToFront());
        browser.addEventListener("online", () => this.ask());
        if (document.hasFocus()) {
            this.comeToFront();
        }
        listen(this.bus_service, POPUP, (message) => this.hear(message));
        this.bus_service.start();
        this.ask();
    }

    /* What is kept in the browser may be anything. */
    kept(storage) {
        try {
            return JSON.parse(storage.getItem(this.key));
        } catch {
            return null;
        }
    }

    // -- in

    /* What comes together is shown once: of an old call only how it ended. */
    hear(message) {
        if (this.heard.push(message) === 1) {
            Promise.resolve().then(() => {
                this.popups.receive(this.heard.splice(0));
                this.show();
            });
        }
    }

    ask() {
        browser.clearTimeout(this.asking);
        const asked = this.popups.ask();
        this.orm.silent.call("asterisk_plus.call", "my_popups", []).then(
            (live) => {
                this.popups.answer(asked, live);
                this.show();
            },
            () => {
                // Odoo is away: it says so itself, and the next try may find it.
                this.asking = browser.setTimeout(() => this.ask(), ASK_MS);
            }
        );
    }

    /* Another window of this browser closed a pop-up, or opened its contact. */
    onStorage(event) {
        if (event.key === this.key) {
            this.popups.loadChoices(this.kept(browser.localStorage));
            this.show();
        }
    }

    // -- out

    show() {
        const { popupView } = window.AsteriskPlus;
        this.popups.expire();
        this.state.views = this.popups.shown().map((message) => popupView(message, said, moment));
        this.open();
        browser.sessionStorage.setItem(this.key, JSON.stringify(this.popups.ended()));
        this.wait();
    }

    wait() {
        browser.clearTimeout(this.waiting);
        browser.clearTimeout(this.asking);
        const next = this.popups.nextChange();
        if (next !== Infinity) {
            this.waiting = browser.setTimeout(() => this.show(), next);
        }
        if (this.popups.hasLive()) {
            this.asking = browser.setTimeout(() => this.ask(), ASK_MS);
        }
    }

    dismiss(call) {
        this.popups.dismiss(call);
        this.saveChoices();
        this.show();
    }

    saveChoices() {
        browser.localStorage.setItem(this.key, JSON.stringify(this.popups.choices()));
    }

    // -- what people click, and what opens by itself

    onButton(button, call) {
        if (button.what === "create") {
            const message = this.popups.shown().find((one) => one.call === call);
            this.openForm("res.partner", false, window.AsteriskPlus.contactDefaults(message));
        } else {
            this.openForm(button.what === "partner" ? "res.partner" : "asterisk_plus.call", button.id, {});
        }
    }

    openForm(model, id, context) {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: model,
            res_id: id,
            views: [[false, "form"]],
            target: "current",
            context,
        });
    }

    async open() {
        const openings = this.popups.takeOpenings();
        if (!openings.length) {
            return;
        }
        this.saveChoices();
        if (await this.isInFront()) {
            this.openForm("res.partner", openings.pop().partner_id, {});
        }
    }

    /* Of many windows one opens the contact: the one that was in use last. */
    async isInFront() {
        const front = browser.localStorage.getItem(this.key + ".front");
        return front ? front === this.tab : this.multi_tab.isOnMainTab();
    }

    comeToFront() {
        browser.localStorage.setItem(this.key + ".front", this.tab);
    }
}

const popupService = {
    dependencies: ["action", "bus_service", "multi_tab", "orm"],
    start(env, services) {
        const popups = new Popups(env, services);
        const props = {
            state: popups.state,
            onButton: (button, call) => popups.onButton(button, call),
            onClose: (call) => popups.dismiss(call),
        };
        registry.category("main_components").add("asterisk_plus.popups", { Component: PopupContainer, props });
        popups.begin();
    },
};

registry.category("services").add("asterisk_plus.popups", popupService);
