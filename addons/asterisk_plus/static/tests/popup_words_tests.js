/* Tests of lib/popup_words.js: what a pop-up says. See harness.js. */
(function (root) {
    "use strict";

    const {contactDefaults, popupView} = root.AsteriskPlus;
    const {equal, test} = root.AsteriskPlusTests;
    const MESSAGE = {call: 7, number_in_call: 1, state: "ringing", name: "Jane", number: "+32470000001"};

    function view(more, _t) {
        return popupView(Object.assign({}, MESSAGE, more), _t || ((text) => text), (time) => "<" + time + ">");
    }

    test("each state has its words", () => {
        const title = (state, more) => view(Object.assign({state}, more)).title;
        equal(title("ringing", {direction: "in"}), "Incoming call");
        equal(title("ringing", {direction: "internal"}), "Internal call");
        equal(title("ringing", {direction: "out"}), "Call transferred to you");
        equal(title("elsewhere", {answered_by: "Bob"}), "Answered by Bob");
        equal(title("elsewhere"), "Answered by somebody else");
        equal(["talking", "stopped", "missed", "ended"].map((state) => Boolean(title(state))), [true, true, true, true]);
    });

    test("a name never means anything in a sentence", () => {
        equal(view({state: "elsewhere", answered_by: "$& %s $1"}).title, "Answered by $& %s $1");
    });

    test("texts stay as they are", () => {
        const name = "<img src=x onerror=alert(1)>";
        equal([view({name}).name, view({name, company: name}).company], [name, name]);
    });

    test("it is translated", () => {
        const german = {"Answered by %s": "%s hat geantwortet"};
        equal(view({state: "elsewhere", answered_by: "Bob"}, (text) => german[text] || text).title, "Bob hat geantwortet");
    });

    test("an anonymous caller, and one without a name", () => {
        equal([view({name: "", number: ""}).name, view({name: "", number: ""}).number], ["Unknown number", ""]);
        equal([view({name: ""}).name, view({name: ""}).number], ["+32470000001", ""]);
    });

    test("the letter in the circle is a letter", () => {
        equal(["jane", "élodie", "𐐨𐐯", "<b>", "5", ""].map((name) => view({name}).initial), ["J", "É", "𐐀", "", "", ""]);
    });

    test("the picture is the partner's, by number alone", () => {
        equal(view({has_picture: true, partner_id: 3}).picture, "/web/image/res.partner/3/image_128");
        equal(view({has_picture: true, partner_id: "3/../../x"}).picture, "");
        equal(view({has_picture: false, partner_id: 3}).picture, "");
    });

    test("the last call", () => {
        const last = {started: "2026-01-01 10:00:00", how: "missed"};
        equal(view({last_call: last}).lastCall, "Last call: <2026-01-01 10:00:00>, missed");
        equal(view({last_call: false}).lastCall, "");
    });

    test("buttons", () => {
        const whats = (more) => view(more).buttons.map((button) => button.what + " " + (button.id || ""));
        equal(whats({partner_id: 3}), ["partner 3", "call 7"]);
        equal(whats({can_create: true}), ["create ", "call 7"]);
        equal(whats({can_create: true, number: ""}), ["call 7"]);
        equal(whats({offered: [{id: 4, name: "Jim"}, {id: 5, name: "Jane"}]}), ["partner 4", "partner 5", "call 7"]);
        equal(view({partner_id: 3}).buttons.map((button) => button.isPrimary), [true, false]);
    });

    test("a new contact gets number and name", () => {
        equal(contactDefaults({number: "+32499", name: "Zoe"}), {default_phone: "+32499", default_name: "Zoe"});
        equal(contactDefaults({number: "+32499", name: ""}), {default_phone: "+32499"});
    });
})(typeof globalThis === "undefined" ? window : globalThis);
