/* What a pop-up says, in words: a message in, plain texts and buttons out. No framework; see call_popups.js. */
(function (root) {
    "use strict";

    const TONES = {ringing: "ringing", talking: "talking", missed: "missed"};

    /* Put a name into a translated sentence. Not by a text: "$&" in somebody's name would mean something to replace(). */
    function filled(sentence, name) {
        return sentence.replace("%s", () => name);
    }

    function title(message, _t) {
        const incoming = {
            internal: _t("Internal call"),
            out: _t("Call transferred to you"),
        }[message.direction];
        return {
            ringing: incoming || _t("Incoming call"),
            talking: _t("You are talking"),
            elsewhere: message.answered_by
                ? filled(_t("Answered by %s"), message.answered_by)
                : _t("Answered by somebody else"),
            stopped: _t("Your phone rings no longer"),
            missed: _t("Missed call"),
            ended: _t("The call has ended"),
        }[message.state];
    }

    /* Return the first letter, empty when the name begins with something else. */
    function initial(name) {
        const first = Array.from(name)[0] || "";
        return first.toLowerCase() === first.toUpperCase() ? "" : first.toUpperCase();
    }

    function buttons(message, _t) {
        const offered = (message.offered || []).map((one) => ({what: "partner", id: one.id, text: one.name}));
        const found = message.partner_id ? [{what: "partner", id: message.partner_id, text: _t("Open contact")}] : [];
        const make = message.can_create && message.number ? [{what: "create", text: _t("Create contact")}] : [];
        const all = [...found, ...offered, ...make, {what: "call", id: message.call, text: _t("Open call")}];
        return all.map((button, index) => Object.assign(button, {index, isPrimary: index === 0}));
    }

    /* Return what the pop-up of a message shows. `_t` translates; `moment` writes a time of the server (UTC) as the user does. */
    function popupView(message, _t, moment) {
        const last = message.last_call;
        const name = message.name || message.number || _t("Unknown number");
        return {
            call: message.call,
            state: message.state,
            tone: TONES[message.state] || "over",
            title: title(message, _t),
            name,
            number: message.number && message.number !== name ? message.number : "",
            company: message.company || "",
            queue: message.queue ? filled(_t("Queue %s"), message.queue) : "",
            initial: initial(message.name || ""),
            picture: message.has_picture && Number.isInteger(message.partner_id)
                ? "/web/image/res.partner/" + message.partner_id + "/image_128"
                : "",
            lastCall: last ? filled(_t("Last call: %s"), moment(last.started) + ", " + last.how) : "",
            buttons: buttons(message, _t),
        };
    }

    /* Return the values with which the form of a new contact opens. */
    function contactDefaults(message) {
        const values = {default_phone: message.number};
        return message.name ? Object.assign(values, {default_name: message.name}) : values;
    }

    root.AsteriskPlus = Object.assign(root.AsteriskPlus || {}, {popupView, contactDefaults});
})(typeof globalThis === "undefined" ? window : globalThis);
