/* One pop-up on the page (Odoo 14 and 15): a card among Odoo's own notifications. */
odoo.define("asterisk_plus.CallPopup", function (require) {
    "use strict";

    const Notification = require("web.Notification");
    const core = require("web.core");

    return Notification.extend({
        template: "asterisk_plus.CallPopup",
        events: Object.assign({}, Notification.prototype.events, {
            "click .o_asterisk_popup_buttons button": "_onButton",
            "click .o_notification_close": "_onCross",
        }),

        /* `params`: view (popupView() of lib/popup_words.js), onButton(button), onClose(), onReady(widget). */
        init: function (parent, params) {
            this._super(parent, {title: "", type: "", sticky: true, onClose: params.onClose});
            this.view = params.view;
            this.onButton = params.onButton;
            params.onReady(this);
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

        /* Not by data-dismiss: Bootstrap's toast ignores it while it still appears. */
        _onCross: function (event) {
            event.preventDefault();
            this.close();
        },

        _onButton: function (event) {
            event.preventDefault();
            this.onButton(this.view.buttons[Number(event.currentTarget.dataset.index)]);
        },
    });
});
