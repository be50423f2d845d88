/* Every number that Odoo shows with its phone widget is called by a click (Odoo 14 and 15), for who has a phone here. */
odoo.define("asterisk_plus.PhoneField", function (require) {
    "use strict";

    const {FieldPhone} = require("web.basic_fields");
    const core = require("web.core");
    const {canCall, dial} = require("asterisk_plus.dialer");

    const {isDialable} = window.AsteriskPlus;
    const _t = core._t;

    FieldPhone.include({
        _isCalledByClick: function () {
            return this.mode === "readonly" && canCall() && isDialable(this.value);
        },

        _renderReadonly: function () {
            const result = this._super.apply(this, arguments);
            if (this._isCalledByClick()) {
                const title = _t("Ring my phone, then this number");
                // 14: the field is the link; 15: the link lies in it.
                this.$el.filter("." + this.className).find("a").addBack("a").addClass("o_asterisk_call").attr({title, role: "button"});
            }
            return result;
        },

        _onClick: function (event) {
            return this._isClickToCall(event) ? this._call(event) : this._super.apply(this, arguments);
        },

        // 15's own name for it.
        _onClickLink: function (event) {
            return this._isClickToCall(event) ? this._call(event) : this._super.apply(this, arguments);
        },

        _isClickToCall: function (event) {
            return this._isCalledByClick() && $(event.target).closest("a").length > 0;
        },

        _call: function (event) {
            event.preventDefault();
            event.stopPropagation();
            if (!this.isCalling) {
                // Of a double click one call.
                this.isCalling = true;
                this.$el.addClass("o_asterisk_calling");
                dial(this, this.value, this.model, this.res_id).then(() => {
                    this.isCalling = false;
                    this.$el.removeClass("o_asterisk_calling");
                });
            }
        },
    });

    return FieldPhone;
});
