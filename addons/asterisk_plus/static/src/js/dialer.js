/* Calling a number from the web client (Odoo 14 and 15): one request, and one notice, of success or of why not. */
odoo.define("asterisk_plus.dialer", function (require) {
    "use strict";

    const core = require("web.core");
    const session = require("web.session");

    const {origin} = window.AsteriskPlus;
    const _t = core._t;

    /* Tell whether the user has a phone here: others' numbers stay what Odoo makes of them. */
    function canCall() {
        return Boolean(session.asterisk_plus && session.asterisk_plus.can_call);
    }

    /* Let the user's own phones ring, then dial. `widget` is who asks; model and id are the record on whose page the number is. */
    async function dial(widget, number, model, id) {
        const request = {
            model: "asterisk_plus.server",
            method: "originate_call",
            args: [number],
            kwargs: Object.assign({context: session.user_context}, origin(model, id)),
        };
        try {
            const call = await widget._rpc(request, {shadow: true});
            widget.displayNotification({type: "success", title: _t("Call"), message: _.str.sprintf(_t("Pick up your phone: then %s is called."), number.replace(/%/g, "%%"))});
            return call;
        } catch (reason) {
            if (reason && reason.event) {
                reason.event.preventDefault();
            }
            const data = (reason && reason.message && reason.message.data) || {};
            const why = data.arguments ? data.arguments[0] : _t("Odoo could not be reached. Try again in a moment.");
            widget.displayNotification({type: "danger", title: _t("No call"), message: String(why).replace(/%/g, "%%")});
            return false;
        }
    }

    return {canCall, dial};
});
