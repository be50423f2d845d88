/* The telephone in the top bar (Odoo 14 and 15): whom to call, and what one's own call does. */
odoo.define("asterisk_plus.DialPad", function (require) {
    "use strict";

    const SystrayMenu = require("web.SystrayMenu");
    const Widget = require("web.Widget");
    const core = require("web.core");
    const {canCall, dial} = require("asterisk_plus.dialer");

    const {elapsed, isDialable, messageOf, milliseconds, moved, withKey} = window.AsteriskPlus;
    const CHANGED = "asterisk_plus.changed";
    const TYPING_MS = 250;
    const FOLLOW_MS = 500;

    const DialPad = Widget.extend({
        template: "asterisk_plus.DialPad",
        events: {
            "show.bs.dropdown": "_onShow",
            "shown.bs.dropdown": "_onShown",
            "click .dropdown-menu": (event) => event.stopPropagation(),
            "click .o_asterisk_key": "_onKey",
            "click .o_asterisk_found_one": "_onFound",
            "click .o_asterisk_hangup": "_onHangup",
            "click .o_asterisk_open": "_onOpen",
            "input input": "_onInput",
            "keydown input": "_onKeydown",
            "submit form": "_onSubmit",
        },

        init: function () {
            this._super.apply(this, arguments);
            Object.assign(this, {calls: [], found: [], chosen: -1, asked: 0});
            this._search = _.debounce(() => this._find(), TYPING_MS);
            this._follow = _.throttle(() => this._load(), FOLLOW_MS);
        },

        start: function () {
            this.call("bus_service", "onNotification", this, this._onNotification);
            this._load();
            this.ticking = setInterval(() => this._tick(), 1000);
            return this._super.apply(this, arguments);
        },

        destroy: function () {
            clearInterval(this.ticking);
            this._super.apply(this, arguments);
        },

        // -- the user's own calls

        _onNotification: function (notifications) {
            if (notifications.map(messageOf).some((one) => one && one.type === CHANGED)) {
                this._follow();
            }
        },

        _load: function () {
            this._ask("asterisk_plus.call", "my_calls_now", []).then((calls) => {
                this.calls = calls || [];
                this._render("calls", ".o_asterisk_dial_calls");
                this.$el.toggleClass("o_asterisk_in_flight", this.calls.length > 0);
                this._tick();
            });
        },

        _tick: function () {
            const now = Date.now();
            this.$("[data-since]").each((_index, one) => {
                one.textContent = elapsed(milliseconds(one.dataset.since), now);
            });
            const [first] = this.calls;
            this.$(".o_asterisk_dial_flight").text(first ? first.other + " " + elapsed(milliseconds(first.since), now) : "");
        },

        _onHangup: function (event) {
            this._ask("asterisk_plus.call", "action_hangup", [[Number(event.currentTarget.dataset.call)]]);
        },

        _onOpen: function (event) {
            event.preventDefault();
            const res_id = Number(event.currentTarget.dataset.call);
            this._close();
            this.do_action({type: "ir.actions.act_window", res_model: "asterisk_plus.call", res_id, views: [[false, "form"]]});
        },

        // -- whom to call

        _input: function () {
            return this.el.querySelector("input");
        },

        _onShow: function () {
            this._load();
        },

        _onShown: function () {
            this._input().focus();
        },

        _onKey: function (event) {
            this._input().value = withKey(this._input().value, event.currentTarget.dataset.key);
            this._input().focus();
            this._onInput();
        },

        _onInput: function () {
            this._updateGo();
            this._search();
        },

        _find: function () {
            const text = this._input().value.trim();
            const asked = ++this.asked;
            const answer = text.length > 1 ? this._ask("asterisk_plus.server", "dial_search", [text]) : Promise.resolve([]);
            answer.then((found) => {
                if (asked === this.asked) {
                    Object.assign(this, {found: found || [], chosen: -1});
                    this._render("found", ".o_asterisk_dial_found");
                    this._updateGo();
                }
            });
        },

        /* Enter sends the form only while its button is enabled. */
        _updateGo: function () {
            const isReady = isDialable(this._input().value) || this.found.length > 0;
            this.el.querySelector(".o_asterisk_dial_go").disabled = !isReady;
        },

        _onKeydown: function (event) {
            const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
            if (step) {
                event.preventDefault();
                this.chosen = moved(this.chosen, step, this.found.length);
                this._render("found", ".o_asterisk_dial_found");
            } else if (event.key === "Escape") {
                this._close();
            }
        },

        _onFound: function (event) {
            this._dial(this.found[Number(event.currentTarget.dataset.index)]);
        },

        _onSubmit: function (event) {
            event.preventDefault();
            const text = this._input().value.trim();
            const one = this.found[this.chosen] || (isDialable(text) ? {number: text} : this.found[0]);
            if (one) {
                this._dial(one);
            }
        },

        _dial: function (one) {
            this._close();
            this._input().value = "";
            this._onInput();
            dial(this, one.number, one.model, one.id);
        },

        _close: function () {
            this.$(".dropdown-toggle").dropdown("hide");
        },

        _render: function (name, place) {
            this.$(place).html(core.qweb.render("asterisk_plus.DialPad." + name, {widget: this}));
        },

        _ask: function (model, method, args) {
            return this._rpc({model, method, args}, {shadow: true}).guardedCatch((reason) => {
                // Odoo is away: it says so itself.
                reason.event.preventDefault();
            });
        },
    });

    DialPad.prototype.sequence = 50;
    if (canCall()) {
        SystrayMenu.Items.push(DialPad);
    }
    return DialPad;
});
