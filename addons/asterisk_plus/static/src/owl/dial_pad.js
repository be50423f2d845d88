/** @odoo-module **/
/* The telephone in the top bar (Odoo 16 and later; 14 and 15 have js/dial_pad.js): whom to call, and what one's own call does. */

import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { Component, onMounted, onWillUnmount, useEffect, useExternalListener, useRef, useState } from "@odoo/owl";
import { canCall, dial } from "./dialer";
import { listen } from "./platform";

const { elapsed, isDialable, milliseconds, moved, origin, withKey } = window.AsteriskPlus;
const CHANGED = "asterisk_plus.changed";
const TYPING_MS = 250;
const FOLLOW_MS = 500;
const TICK_MS = 1000;

export class DialPad extends Component {
    setup() {
        this.keys = "1 2 3 4 5 6 7 8 9 * 0 #".split(" ");
        this.root = useRef("root");
        this.input = useRef("input");
        this.asked = 0;
        this.state = useState({ calls: [], chosen: -1, found: [], isOpen: false, now: Date.now(), text: "" });
        useExternalListener(window, "click", (event) => this.onClickOf(event.target), { capture: true });
        useEffect((isOpen) => isOpen && this.input.el.focus(), () => [this.state.isOpen]);
        onMounted(() => this.begin());
        onWillUnmount(() => this.end());
    }

    begin() {
        this.deaf = listen(this.env.services.bus_service, CHANGED, () => this.follow());
        this.ticking = browser.setInterval(() => (this.state.now = Date.now()), TICK_MS);
        this.load();
    }

    end() {
        this.deaf();
        browser.clearInterval(this.ticking);
        browser.clearTimeout(this.following);
        browser.clearTimeout(this.typing);
    }

    // -- the user's own calls

    /* Load the calls soon: once, however many changes are told until then. */
    follow() {
        this.following = this.following || browser.setTimeout(() => this.load(), FOLLOW_MS);
    }

    async load() {
        browser.clearTimeout(this.following);
        this.following = null;
        this.state.calls = (await this.ask("asterisk_plus.call", "my_calls_now", [])) || [];
        this.state.now = Date.now();
    }

    since(call) {
        return elapsed(milliseconds(call.since), this.state.now);
    }

    get flight() {
        const [first] = this.state.calls;
        return first ? `${first.other} ${this.since(first)}` : "";
    }

    hangUp(call) {
        this.ask("asterisk_plus.call", "action_hangup", [[call.id]]);
    }

    openCall(call) {
        this.close();
        const form = { res_model: "asterisk_plus.call", res_id: call.id, views: [[false, "form"]] };
        this.env.services.action.doAction({ type: "ir.actions.act_window", ...form });
    }

    // -- whom to call

    toggle() {
        this.state.isOpen = !this.state.isOpen;
        if (this.state.isOpen) {
            this.load();
        }
    }

    close() {
        this.state.isOpen = false;
    }

    onClickOf(target) {
        if (this.state.isOpen && !this.root.el.contains(target)) {
            this.close();
        }
    }

    press(key) {
        this.input.el.focus();
        this.write(withKey(this.state.text, key));
    }

    write(text) {
        this.state.text = text;
        browser.clearTimeout(this.typing);
        this.typing = browser.setTimeout(() => this.find(), TYPING_MS);
    }

    async find() {
        const text = this.state.text.trim();
        const asked = ++this.asked;
        const found = text.length > 1 ? await this.ask("asterisk_plus.server", "dial_search", [text]) : [];
        if (asked === this.asked) {
            Object.assign(this.state, { found: found || [], chosen: -1 });
        }
    }

    /* Enter sends the form only while its button is enabled. */
    get isReady() {
        return isDialable(this.state.text) || this.state.found.length > 0;
    }

    onKeydown(event) {
        const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
        if (step) {
            event.preventDefault();
            this.state.chosen = moved(this.state.chosen, step, this.state.found.length);
        } else if (event.key === "Escape") {
            this.close();
        }
    }

    submit() {
        const text = this.state.text.trim();
        const one = this.state.found[this.state.chosen] || (isDialable(text) ? { number: text } : this.state.found[0]);
        if (one) {
            this.dial(one);
        }
    }

    dial(one) {
        this.close();
        this.write("");
        dial(this.env.services, one.number, origin(one.model, one.id));
    }

    /* Return Odoo's answer; nothing when it is away, which it says itself. */
    ask(model, method, args) {
        return this.env.services.orm.silent.call(model, method, args).catch(() => {});
    }
}
DialPad.template = "asterisk_plus.DialPad";
DialPad.props = {};

registry.category("systray").add("asterisk_plus.dial_pad", { Component: DialPad, isDisplayed: canCall }, { sequence: 50 });
