/* How long it is since a time, ticking (Odoo 14 and 15). */
odoo.define("asterisk_plus.SinceField", function (require) {
    "use strict";

    const {FieldDateTime} = require("web.basic_fields");
    const fieldRegistry = require("web.field_registry");

    const {elapsed} = window.AsteriskPlus;

    const SinceField = FieldDateTime.extend({
        className: "o_asterisk_since",

        destroy: function () {
            clearInterval(this.ticking);
            this._super.apply(this, arguments);
        },

        _renderReadonly: function () {
            clearInterval(this.ticking);
            this.ticking = setInterval(() => this._tick(), 1000);
            this._tick();
        },

        _tick: function () {
            // A moment object, UTC
            this.$el.text(this.value ? elapsed(this.value.valueOf(), Date.now()) : "");
        },
    });

    fieldRegistry.add("asterisk_plus_since", SinceField);
    return SinceField;
});
