/* Tests of lib/dial.js: numbers that people click or type. See harness.js. */
(function (root) {
    "use strict";

    const {elapsed, isDialable, milliseconds, moved, origin, withKey} = root.AsteriskPlus;
    const {equal, test} = root.AsteriskPlusTests;

    test("what can be dialled", () => {
        const good = ["101", "+32 470 00 00 01", "0470/00.00.01", "+32 (0)470 00 00 01", "*98", "+32470000001##101"];
        equal(good.filter((text) => !isDialable(text)), []);
    });

    test("what can't be dialled", () => {
        const bad = ["", null, false, "Jane", "101@example.com", "sip:101", "++32", "1".repeat(41), "##101", "*#", "101\n\r;x"];
        equal(bad.filter(isDialable), []);
    });

    test("the origin of a call is a record that is stored, and none of ours", () => {
        equal(origin("crm.lead", 7), {model: "crm.lead", res_id: 7});
        equal([origin("crm.lead", false), origin("crm.lead", "virtual_1"), origin("asterisk_plus.call", 7), origin("", 7)], [{}, {}, {}, {}]);
    });

    test("keys of the pad", () => {
        equal(["1", "#", "+"].reduce(withKey, ""), "1#+");
        equal([withKey("12", "back"), withKey("", "back")], ["1", ""]);
    });

    test("how long a call lasts", () => {
        equal([elapsed(0, 999), elapsed(0, 61000), elapsed(0, 3661000), elapsed(5000, 0)], ["0:00", "1:01", "1:01:01", "0:00"]);
    });

    test("times of the server are UTC", () => {
        equal(milliseconds("1970-01-01 00:01:00"), 60000);
        equal(Number.isNaN(milliseconds(false)), true);
    });

    test("arrow keys go round", () => {
        equal([moved(-1, 1, 3), moved(2, 1, 3), moved(0, -1, 3), moved(-1, -1, 3), moved(-1, 1, 0)], [0, 0, 2, 2, -1]);
    });
})(typeof globalThis === "undefined" ? window : globalThis);
