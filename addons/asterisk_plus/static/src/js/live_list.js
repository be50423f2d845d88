/* Lists of calls and channels that follow the calls (Odoo 14 and 15). */
odoo.define("asterisk_plus.LiveController", function () {
    "use strict";

    const {messageOf} = window.AsteriskPlus;
    const CHANGED = "asterisk_plus.changed";
    // Not more often than this, however busy the PBX is.
    const RELOAD_MS = 500;

    // What a controller of a view does to follow the calls.
    return {
        start: function () {
            this._follow = _.throttle(() => this._reloadLive(), RELOAD_MS);
            this._onVisible = () => this.isBehind && this._reloadLive();
            document.addEventListener("visibilitychange", this._onVisible);
            this.call("bus_service", "onNotification", this, this._onNotification);
            return this._super.apply(this, arguments);
        },

        destroy: function () {
            document.removeEventListener("visibilitychange", this._onVisible);
            this.call("bus_service", "off", "notification", this);
            this._super.apply(this, arguments);
        },

        _onNotification: function (notifications) {
            if (notifications.map(messageOf).some((one) => one && one.type === CHANGED)) {
                this._follow();
            }
        },

        /* Load the list anew; later, when nobody looks, or when lines are ticked (a reload would forget which). */
        _reloadLive: function () {
            const ticked = this.getSelectedIds ? this.getSelectedIds().length : 0;
            this.isBehind = document.hidden || ticked > 0;
            if (!this.isBehind && !this.isDestroyed()) {
                this.reload().guardedCatch((reason) => reason && reason.event && reason.event.preventDefault())
                    .catch((error) => {
                        // Somebody left while it loaded: what is drawn then has no session any more.
                        if (!this.isDestroyed()) {
                            throw error;
                        }
                    });
            }
        },
    };
});

odoo.define("asterisk_plus.LiveList", function (require) {
    "use strict";

    const ListController = require("web.ListController");
    const ListView = require("web.ListView");
    const LiveController = require("asterisk_plus.LiveController");
    const viewRegistry = require("web.view_registry");

    const LiveListController = ListController.extend(LiveController, {
        _onSelectionChanged: function () {
            this._super.apply(this, arguments);
            if (this.isBehind) {
                this._follow();
            }
        },
    });

    const LiveListView = ListView.extend({
        config: Object.assign({}, ListView.prototype.config, {Controller: LiveListController}),
    });

    viewRegistry.add("asterisk_plus_live_list", LiveListView);
    return LiveListController;
});
