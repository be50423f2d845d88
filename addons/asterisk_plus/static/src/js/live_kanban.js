/* The board of live calls: it follows the calls by itself (Odoo 14 and 15). */
odoo.define("asterisk_plus.LiveKanban", function (require) {
    "use strict";

    const KanbanController = require("web.KanbanController");
    const KanbanView = require("web.KanbanView");
    const LiveController = require("asterisk_plus.LiveController");
    const viewRegistry = require("web.view_registry");

    const LiveKanbanController = KanbanController.extend(LiveController, {
        /* Follow what a card's button did. Odoo would draw the card itself, which may be gone: another one stands there since. */
        _reloadAfterButtonClick: function () {
            this._reloadLive();
        },
    });

    const LiveKanbanView = KanbanView.extend({
        config: Object.assign({}, KanbanView.prototype.config, {Controller: LiveKanbanController}),
    });

    viewRegistry.add("asterisk_plus_live_kanban", LiveKanbanView);
    return LiveKanbanController;
});
