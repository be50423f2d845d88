/* The pop-ups of the web client (Odoo 14 and 15): the bus in, widgets out. What is shown when is decided by lib/call_popups.js. */
odoo.define("asterisk_plus.PopupService", function (require) {
    "use strict";

    const AbstractService = require("web.AbstractService");
    const CallPopup = require("asterisk_plus.CallPopup");
    const core = require("web.core");
    const fieldUtils = require("web.field_utils");
    const session = require("web.session");

    const {CallPopups, contactDefaults, messageOf, popupView} = window.AsteriskPlus;
    const POPUP = "asterisk_plus.popup";
    // While something is live, ask the server now and then: a message can be lost with the connection.
    const ASK_MS = 30000;

    function moment(utc) {
        return fieldUtils.format.datetime(fieldUtils.parse.datetime(utc, {}, {isUTC: true}));
    }

    const PopupService = AbstractService.extend({
        dependencies: ["ajax", "bus_service", "local_storage", "session_storage"],

        start: function () {
            this._super.apply(this, arguments);
            this.widgets = new Map();
            this.popups = new CallPopups(() => Date.now());
            // Not when the web client is ready: that waits for the page that it opens, and somebody may be calling.
            Promise.all([session.is_bound, owl.utils.whenReady()]).then(() => this._begin());
        },

        _begin: function () {
            this.key = ["asterisk_plus", session.db, session.uid].join(".");
            this.popups.loadChoices(this.call("local_storage", "getItem", this.key));
            this.popups.loadEnded(this.call("session_storage", "getItem", this.key));
            this.call("local_storage", "onStorage", this, this._onStorage);
            window.addEventListener("focus", () => this._comeToFront());
            window.addEventListener("online", () => this._ask());
            if (document.hasFocus()) {
                this._comeToFront();
            }
            this.call("bus_service", "onNotification", this, this._onNotification);
            this.call("bus_service", "startPolling");
            this._ask();
        },

        // -- in

        _onNotification: function (notifications) {
            // mail's own notices have no type at times, and come on the same channel
            const ours = notifications.map(messageOf).filter((one) => one && one.type === POPUP);
            if (ours.length) {
                this.popups.receive(ours);
                this._show();
            }
        },

        _ask: function () {
            clearTimeout(this.asking);
            const asked = this.popups.ask();
            this._rpc({model: "asterisk_plus.call", method: "my_popups"}, {shadow: true})
                .then((live) => {
                    this.popups.answer(asked, live);
                    this._show();
                })
                .guardedCatch((reason) => {
                    // Odoo is away: it says so itself, and the next try may find it.
                    reason.event.preventDefault();
                    this.asking = setTimeout(() => this._ask(), ASK_MS);
                });
        },

        /* Another window of this browser closed a pop-up, or opened its contact. */
        _onStorage: function (event) {
            if (event.key === this.key) {
                this.popups.loadChoices(this.call("local_storage", "getItem", this.key));
                this._show();
            }
        },

        // -- out

        _show: function () {
            this.popups.expire();
            const shown = this.popups.shown();
            const calls = new Set(shown.map((message) => message.call));
            for (const [call, widget] of this.widgets) {
                if (!calls.has(call)) {
                    this.widgets.delete(call);
                    widget.destroy();
                }
            }
            shown.forEach((message) => this._showOne(message));
            this._open();
            this.call("session_storage", "setItem", this.key, this.popups.ended());
            this._wait();
        },

        _showOne: function (message) {
            const view = popupView(message, core._t, moment);
            const widget = this.widgets.get(message.call);
            if (widget) {
                widget.update(view);
                return;
            }
            const made = new CallPopup(this, {
                view,
                onClose: () => this._dismiss(message.call),
                onButton: (button) => this._do(button, message.call),
            });
            this.widgets.set(message.call, made);
            made.show();
        },

        _wait: function () {
            clearTimeout(this.waiting);
            clearTimeout(this.asking);
            const next = this.popups.nextChange();
            if (next !== Infinity) {
                this.waiting = setTimeout(() => this._show(), next);
            }
            if (this.popups.hasLive()) {
                this.asking = setTimeout(() => this._ask(), ASK_MS);
            }
        },

        _dismiss: function (call) {
            this.popups.dismiss(call);
            this._saveChoices();
            this._show();
        },

        _saveChoices: function () {
            this.call("local_storage", "setItem", this.key, this.popups.choices());
        },

        // -- what people click, and what opens by itself

        _do: function (button, call) {
            if (button.what === "create") {
                const message = this.popups.shown().find((one) => one.call === call);
                this._openForm("res.partner", false, contactDefaults(message));
            } else {
                this._openForm(button.what === "partner" ? "res.partner" : "asterisk_plus.call", button.id, {});
            }
        },

        _openForm: function (model, id, context) {
            this.do_action({
                type: "ir.actions.act_window",
                res_model: model,
                res_id: id,
                views: [[false, "form"]],
                target: "current",
                context,
            });
        },

        _open: function () {
            const openings = this.popups.takeOpenings();
            if (!openings.length) {
                return;
            }
            this._saveChoices();
            if (!this._isInFront()) {
                return;
            }
            const open = () => this._openForm("res.partner", openings.pop().partner_id, {});
            if (odoo.isReady) {
                open();
            } else {
                core.bus.once("web_client_ready", this, open);
            }
        },

        /* Of many windows one opens the contact: the one that was in use last. */
        _isInFront: function () {
            const front = this.call("local_storage", "getItem", this.key + ".front");
            return front ? front === this.call("bus_service", "getTabId") : this.call("bus_service", "isMasterTab");
        },

        _comeToFront: function () {
            this.call("local_storage", "setItem", this.key + ".front", this.call("bus_service", "getTabId"));
        },
    });

    core.serviceRegistry.add("asterisk_plus.popups", PopupService);
    return PopupService;
});
