/* The board of live calls: it follows the calls by itself (Odoo 14 and 15). */
odoo.define("asterisk_plus.LiveKanban", function (require) {
    "use strict";

    const KanbanController = require("web.KanbanController");
    const KanbanView = require("web.KanbanView");
    const LiveController = require("asterisk_plus.LiveController");
    const viewRegistry = require("web.view_registry");

    const LiveKanbanController = KanbanController.extend(LiveController);

    const LiveKanbanView = KanbanView.extend({
        config: Object.assign({}, KanbanView.prototype.config, {Controller: LiveKanbanController}),
    });

    viewRegistry.add("asterisk_plus_live_kanban", LiveKanbanView);
    return LiveKanbanController;
});
