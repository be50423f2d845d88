"""What the pop-up of one call says to one PBX user, from the legs that the call has now. Plain functions."""
import json

LIVE = ("ringing", "talking")
MISSED = ("noanswer", "busy", "failed")


def popup_states(call):
    """Return {PBX user: state} of those who take part, or took part, but do not call themselves.

    States: ringing, talking (also with a caller whom somebody handed over); elsewhere (somebody else answered), stopped (the
    phone rings no longer, the caller still waits), missed, ended.
    """
    legs = call.channel_ids.filtered("is_active")
    people = (call.participation_ids.user_id | legs.user_id) - call.calling_user_id
    return {one: _state(call, one, legs.filtered(lambda leg: leg.user_id == one)) for one in people}


def _state(call, pbx_user, legs):
    states = set(legs.mapped("state"))
    if "Ringing" in states:
        return "ringing"
    if "Up" in states:
        return "talking"
    if pbx_user in (call.answered_user_id | call.final_user_id):
        return "ended"
    if call.answered:
        return "elsewhere"
    if call.is_active:
        return "stopped"
    return "missed" if call.status in MISSED else "ended"


def answered_by(call):
    """Return the PBX user who talks or talked last; empty for a phone that belongs to nobody."""
    return call.final_user_id or call.answered_user_id


class Told:
    """What the users of one call have been told: `number` counts the messages, so that a browser knows the newer one."""

    def __init__(self, stored):
        kept = json.loads(stored or "{}")
        self.number = kept.get("number", 0)
        self.told = kept.get("told", {})

    def next(self, pbx_user, state, what):
        """Return the number of a message to be sent, 0 if the user knows it, or needs not know. `what` is what it shows."""
        key = str(pbx_user.id)
        before = self.told.get(key)
        now = [state, *what]
        # A call that nobody saw ring pops up no more when it has ended.
        if before == now or (before is None and state not in LIVE):
            return 0
        self.told[key] = now
        self.number += 1
        return self.number

    def forgotten(self, states):
        """Return the ids of the PBX users who believe that something lives, and are not among the people of `states`.

        Who calls may turn out late: with an originate that rings several phones, when one of them is picked up.
        """
        there = {str(one.id) for one in states}
        return [int(key) for key, what in self.told.items() if what[0] in LIVE and key not in there]

    def to_json(self):
        return json.dumps({"number": self.number, "told": self.told}, sort_keys=True)
