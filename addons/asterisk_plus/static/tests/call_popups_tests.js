/* Tests of lib/call_popups.js: what is shown when. See harness.js. */
(function (root) {
    "use strict";

    const {CallPopups, messageOf} = root.AsteriskPlus;
    const {equal, test} = root.AsteriskPlusTests;
    const START_MS = 1795400000000;

    /* The pop-ups of one browser window, with a clock of its own. */
    class Desk {
        constructor() {
            this.ms = START_MS;
            this.popups = new CallPopups(() => this.ms);
        }

        /* A message: call 7 unless told, sent now. */
        message(number, state, more) {
            const message = {call: 7, number_in_call: number, state, sent: this.ms / 1000, is_sticky: false, open: "no"};
            return Object.assign(message, state === "ringing" ? {name: "Jane", number: "+32470000001"} : {}, more);
        }

        tell(number, state, more) {
            this.popups.receive([this.message(number, state, more)]);
            return this;
        }

        wait(seconds) {
            this.ms += seconds * 1000;
            this.popups.expire();
            return this;
        }

        states() {
            return this.popups.shown().map((message) => message.state);
        }

        expect(...states) {
            equal(this.states(), states);
            return this;
        }
    }

    function desk() {
        return new Desk();
    }

    // -- the life of a pop-up

    test("it stays as long as the phone rings", () => {
        desk().tell(1, "ringing").wait(500).expect("ringing");
    });

    test("answered by somebody else: told for five seconds", () => {
        const one = desk().tell(1, "ringing").tell(2, "elsewhere", {answered_by: "Bob"});
        one.wait(4.9).expect("elsewhere").wait(0.2).expect();
    });

    test("who called is still told when the last word comes without it", () => {
        const one = desk().tell(1, "ringing").tell(2, "elsewhere", {answered_by: "Bob"});
        equal(one.popups.shown()[0].name, "Jane");
    });

    test("no longer ringing waits for the reason", () => {
        const one = desk().tell(1, "ringing").tell(2, "stopped").expect("stopped");
        one.tell(3, "elsewhere").expect("elsewhere");
        desk().tell(1, "ringing").tell(2, "stopped").wait(2).expect();
    });

    test("answered here: told for ten seconds", () => {
        desk().tell(1, "ringing").tell(2, "talking").wait(9).expect("talking").wait(1).expect();
    });

    test("missed: told for eight seconds", () => {
        desk().tell(1, "ringing").tell(2, "missed").wait(7.9).expect("missed").wait(0.1).expect();
    });

    test("an ended call has nothing to tell", () => {
        desk().tell(1, "ringing").tell(2, "talking").tell(3, "ended").expect();
    });

    test("the time of a state counts from its first telling", () => {
        desk().tell(1, "talking").wait(6).tell(2, "talking", {name: "Jane Doe"}).wait(4).expect();
    });

    test("a queue rings again", () => {
        desk().tell(1, "ringing").tell(2, "stopped").wait(5).expect().tell(3, "ringing").expect("ringing");
    });

    test("the oldest call comes first", () => {
        const one = desk().tell(1, "ringing", {call: 9}).tell(1, "ringing", {call: 8});
        equal(one.popups.shown().map((message) => message.call), [8, 9]);
    });

    // -- sticky

    test("sticky stays until it is closed", () => {
        const one = desk().tell(1, "ringing", {is_sticky: true});
        for (const [index, state] of ["talking", "stopped", "missed", "ended"].entries()) {
            one.tell(index + 2, state, {is_sticky: true}).wait(3600).expect(state);
        }
        one.popups.dismiss(7);
        one.expect();
    });

    test("sticky goes when somebody else answers", () => {
        desk().tell(1, "ringing", {is_sticky: true}).tell(2, "elsewhere", {is_sticky: true}).wait(5).expect();
    });

    // -- messages in any order, twice, late, or none at all

    test("an older message changes nothing", () => {
        desk().tell(2, "elsewhere").tell(1, "ringing").expect();
        desk().tell(1, "ringing").tell(3, "talking").tell(2, "stopped").expect("talking");
    });

    test("the same message again changes nothing", () => {
        desk().tell(1, "ringing").tell(2, "missed").wait(7).tell(2, "missed").wait(1).expect();
    });

    test("the last word on a call that was never shown is not shown", () => {
        for (const state of ["elsewhere", "stopped", "missed", "ended"]) {
            desk().tell(1, state).expect();
        }
    });

    test("ringing of ten minutes ago is a leftover", () => {
        const one = desk();
        const old = one.message(1, "ringing");
        one.wait(601).popups.receive([old]);
        one.expect();
    });

    test("how old a message is tells the server's clock", () => {
        const one = desk();
        const ahead = one.ms / 1000 + 3600;
        one.popups.answer(one.popups.ask(), {now: ahead, popups: []});
        one.tell(1, "ringing", {sent: ahead}).expect("ringing");
        one.tell(1, "ringing", {sent: ahead - 700, call: 8}).expect("ringing");
    });

    test("what is no message is ignored", () => {
        const one = desk();
        const odd = [null, 5, "x", {}, {call: "7", number_in_call: 1, state: "ringing"}, one.message(0, "ringing")];
        one.popups.receive([...odd, one.message(1, "dancing"), one.message(1.5, "ringing")]);
        one.expect();
    });

    test("what it remembers is bounded", () => {
        const one = desk();
        for (let call = 1; call <= 500; call += 1) {
            one.tell(1, "ringing", {call}).tell(2, "ended", {call});
            one.popups.dismiss(call);
        }
        equal([one.popups.numbers.size, one.popups.dismissed.size, one.popups.popups.size], [200, 200, 0]);
    });

    // -- what is live, asked of the server

    test("a reload shows what lives", () => {
        const one = desk();
        one.popups.answer(one.popups.ask(), {now: one.ms / 1000, popups: [one.message(4, "ringing")]});
        one.expect("ringing").tell(3, "stopped").expect("ringing").tell(5, "missed").expect("missed");
    });

    test("what the server no longer knows is over", () => {
        const one = desk().tell(1, "ringing").tell(1, "ringing", {call: 8, is_sticky: true});
        one.popups.answer(one.popups.ask(), {now: one.ms / 1000, popups: []});
        one.expect("ended");
    });

    test("a message that came while the server was asked is newer than its answer", () => {
        const one = desk();
        const asked = one.popups.ask();
        one.tell(1, "ringing").popups.answer(asked, {now: one.ms / 1000, popups: []});
        one.expect("ringing");
    });

    test("an answer does not take back the last word", () => {
        const one = desk().tell(1, "ringing").tell(2, "missed");
        one.popups.answer(one.popups.ask(), {now: one.ms / 1000, popups: []});
        one.expect("missed");
    });

    test("it is worth asking as long as something lives", () => {
        equal(desk().popups.hasLive(), false);
        equal(desk().tell(1, "ringing").popups.hasLive(), true);
        equal(desk().tell(1, "ringing").tell(2, "missed").popups.hasLive(), false);
    });

    test("it tells when to look again", () => {
        equal(desk().tell(1, "ringing").popups.nextChange(), Infinity);
        equal(desk().tell(1, "ringing").tell(2, "missed").wait(3).popups.nextChange(), 5000);
    });

    // -- closing, here and in other windows

    test("closed is closed, whatever comes of the call", () => {
        const one = desk().tell(1, "ringing");
        one.popups.dismiss(7);
        one.tell(2, "talking").tell(3, "ringing").expect();
        one.tell(1, "ringing", {call: 8}).expect("ringing");
    });

    test("closed in one window is closed in all", () => {
        const [one, other] = [desk().tell(1, "ringing"), desk().tell(1, "ringing")];
        one.popups.dismiss(7);
        other.popups.loadChoices(JSON.parse(JSON.stringify(one.popups.choices())));
        other.expect();
    });

    test("what a browser kept may be anything", () => {
        for (const odd of [null, undefined, 5, "x", [], {dismissed: 5, opened: ["x", null]}, [{call: 7}, null]]) {
            const one = desk().tell(1, "ringing");
            one.popups.loadChoices(odd);
            one.popups.loadEnded(odd);
            one.expect("ringing");
        }
    });

    test("a sticky one of an ended call survives a reload", () => {
        const one = desk().tell(1, "ringing", {is_sticky: true}).tell(2, "missed", {is_sticky: true});
        one.tell(1, "ringing", {call: 8}).tell(2, "missed", {call: 8});
        const again = desk();
        again.popups.loadEnded(JSON.parse(JSON.stringify(one.popups.ended())));
        again.expect("missed").tell(1, "ringing").expect("missed");
        equal(again.popups.shown()[0].name, "Jane");
    });

    test("a closed one does not come back", () => {
        const one = desk().tell(1, "ringing", {is_sticky: true}).tell(2, "missed", {is_sticky: true});
        const kept = one.popups.ended();
        const again = desk();
        again.popups.dismiss(7);
        again.popups.loadEnded(kept);
        again.expect();
    });

    // -- opening the contact by itself

    function openings(open, states, more) {
        const one = desk();
        states.forEach((state, index) => one.tell(index + 1, state, Object.assign({open, partner_id: 3}, more)));
        return one.popups.takeOpenings().map((message) => message.partner_id);
    }

    test("the contact opens when it is chosen, once", () => {
        equal(openings("no", ["ringing", "talking"]), []);
        equal(openings("ringing", ["ringing", "talking"]), [3]);
        equal(openings("ringing", ["talking"]), [3]);
        equal(openings("answer", ["ringing"]), []);
        equal(openings("answer", ["ringing", "talking"]), [3]);
        equal(openings("ringing", ["ringing", "stopped", "ringing"]), [3]);
    });

    test("an unknown caller opens nothing", () => {
        equal(openings("ringing", ["ringing"], {partner_id: false}), []);
    });

    test("it opens in one window, and not again after a reload", () => {
        const one = desk().tell(1, "ringing", {open: "ringing", partner_id: 3});
        equal(one.popups.takeOpenings().length, 1);
        const other = desk();
        other.popups.loadChoices(one.popups.choices());
        other.tell(1, "ringing", {open: "ringing", partner_id: 3});
        equal(other.popups.takeOpenings(), []);
    });

    test("a notification of each old bus is read", () => {
        const message = {type: "asterisk_plus.changed", call: 7};
        equal(messageOf([["db", "res.partner", 3], message]), message);
        equal(messageOf({type: "asterisk_plus.changed", payload: {call: 7}}), message);
        equal(messageOf({type: "other", payload: null}), {type: "other"});
    });
})(typeof globalThis === "undefined" ? window : globalThis);
