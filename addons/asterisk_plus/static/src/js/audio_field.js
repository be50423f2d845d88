/* A player for the address of a sound, in forms and in lists (Odoo 14 and 15). In a list it loads nothing before somebody listens, in a form
   the length. */
odoo.define("asterisk_plus.AudioField", function (require) {
    "use strict";

    const AbstractField = require("web.AbstractField");
    const fieldRegistry = require("web.field_registry");

    const AudioField = AbstractField.extend({
        supportedFieldTypes: ["char"],

        _render: function () {
            this.$el.empty();
            if (!this.value) {
                return;
            }
            const player = document.createElement("audio");
            player.className = "o_asterisk_audio";
            player.controls = true;
            player.preload = this.viewType === "form" ? "metadata" : "none";
            player.src = this.value;
            // In a list a click opens the line: not this one.
            player.addEventListener("click", (event) => event.stopPropagation());
            this.el.appendChild(player);
        },
    });

    fieldRegistry.add("asterisk_audio", AudioField);
    return AudioField;
});
