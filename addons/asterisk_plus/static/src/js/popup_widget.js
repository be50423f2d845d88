/* One pop-up on the page (Odoo 14 and 15), in a column of their own as in later series. */
odoo.define("asterisk_plus.CallPopup", function (require) {
    "use strict";

    const Widget = require("web.Widget");
    const core = require("web.core");

    return Widget.extend({
        template: "asterisk_plus.CallPopup",
        events: {
            "click .o_asterisk_popup_buttons button": "_onButton",
            "click .o_asterisk_popup_close": "_onCross",
        },

        /* `params`: view (popupView() of lib/popup_words.js), onButton(button), onClose(). */
        init: function (parent, params) {
            this._super(parent);
            Object.assign(this, params);
        },

        /* Put it below those that are there. */
        show: function () {
            let column = document.querySelector(".o_asterisk_popups");
            if (!column) {
                column = document.createElement("div");
                column.className = "o_asterisk_popups";
                document.body.append(column);
            }
            return this.appendTo(column);
        },

        /* Show what has become of the call. */
        update: function (view) {
            if (JSON.stringify(view) === JSON.stringify(this.view)) {
                return;
            }
            this.view = view;
            if (this.$el) {
                this.$el.attr("data-state", view.state);
                this.$(".o_asterisk_popup_card").replaceWith(core.qweb.render("asterisk_plus.CallPopup.card", {view}));
            }
        },

        _onCross: function (event) {
            event.preventDefault();
            this.onClose();
        },

        _onButton: function (event) {
            event.preventDefault();
            this.onButton(this.view.buttons[Number(event.currentTarget.dataset.index)]);
        },
    });
});
