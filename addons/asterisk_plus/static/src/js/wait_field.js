/* A text that says what is waited for; when it is there, the page goes on by itself (Odoo 14 and 15). */
odoo.define("asterisk_plus.WaitField", function (require) {
    "use strict";

    const AbstractField = require("web.AbstractField");
    const fieldRegistry = require("web.field_registry");

    const {poll} = window.AsteriskPlus;

    const WaitField = AbstractField.extend({
        className: "o_asterisk_wait",
        supportedFieldTypes: ["char"],

        destroy: function () {
            this._end();
            this._super.apply(this, arguments);
        },

        _end: function () {
            if (this.ending) {
                this.ending();
                this.ending = null;
            }
        },

        _render: function () {
            this._end();
            this.$el.empty().attr("role", "status");
            if (this.value) {
                this.$el.append($("<i>", {class: "fa fa-spinner fa-pulse fa-fw mr-2"}), document.createTextNode(this.value));
                this.ending = poll(() => this._ask(), (action) => this.do_action(action));
            }
        },

        /* Ask whether it is over. Odoo that is away is asked again, and nobody is told. */
        _ask: function () {
            const server = this.recordData.server_id;
            const args = [this.res_id || false, server ? server.res_id : false];
            return new Promise((resolve, reject) => {
                this._rpc({model: this.model, method: "wait_over", args: args}, {shadow: true})
                    .then(resolve)
                    .guardedCatch((reason) => {
                        if (reason && reason.event) {
                            reason.event.preventDefault();
                        }
                        reject(new Error("away"));
                    });
            });
        },
    });

    fieldRegistry.add("asterisk_plus_wait", WaitField);
    return WaitField;
});
