"""What each process remembers (models/remembered.py) is forgotten when it changes, and saves the queries for which it is there."""
from odoo.exceptions import AccessError
from odoo.tests.common import tagged

from .common import PbxCase
from .test_originate import ClickCase
from .test_popup import PopupCase


@tagged("post_install", "-at_install")
class TestRemembered(PbxCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partners = cls.env["res.partner"]
        cls.france, cls.usa = cls.env.ref("base.fr"), cls.env.ref("base.us")
        cls.settings = cls.env["asterisk_plus.settings"]._current()

    def codes(self):
        return self.partners._asterisk_countries(None, self.server)

    def test_settings_are_the_first_ones_whatever_comes_and_goes(self):
        model = self.env["asterisk_plus.settings"]
        second = model.create({})
        self.assertEqual(model._current(), self.settings)
        self.settings.unlink()
        self.assertEqual(model._current(), second)
        second.unlink()
        made = model._current()
        self.assertTrue(made.exists())
        self.assertEqual(model._current(), made)

    def test_what_deliveries_ask_of_the_settings(self):
        for value in (False, True, False):
            self.settings.is_note_posted = value
            self.assertIs(self.settings._says("is_note_posted"), value)

    def test_whose_agent_an_account_is(self):
        servers = self.env["asterisk_plus.server"]
        other = servers._create_account(self.env.company)
        self.assertEqual(self.as_agent()._agent_server(), self.server)
        self.server.user_id = other
        with self.assertRaises(AccessError):
            self.as_agent()._agent_server()
        self.assertEqual(self.as_agent(other)._agent_server(), self.server)
        self.server.active = False
        with self.assertRaises(AccessError):
            self.as_agent(other)._agent_server()
        self.server.write({"active": True, "user_id": self.agent.id})
        second = servers.create({"name": "Second", "user_id": other.id})
        self.assertEqual(self.as_agent(other)._agent_server(), second)
        second.unlink()
        with self.assertRaises(AccessError):
            self.as_agent(other)._agent_server()

    def test_country_of_the_server(self):
        self.assertEqual(self.codes()[0], "BE")
        self.server.country_id = self.france
        self.assertEqual(self.codes()[0], "FR")

    def test_country_of_the_company(self):
        self.server.country_id = False
        self.server.company_id.country_id = self.usa
        self.assertEqual(self.codes()[0], "US")
        self.server.company_id.partner_id.country_id = self.france
        self.assertEqual(self.codes()[0], "FR")
        self.server.company_id.partner_id = self.partners.create({"name": "Anew", "country_id": self.belgium.id})
        self.assertEqual(self.codes()[0], "BE")

    def test_country_of_the_settings(self):
        self.settings.country_id = self.usa
        self.assertEqual(self.partners._asterisk_fallback_country(), self.usa)
        self.assertIn("US", self.codes())
        self.settings.country_id = self.france
        self.assertEqual(self.partners._asterisk_fallback_country(), self.france)

    def test_country_of_another_server_first(self):
        self.settings.country_id = False
        servers = self.env["asterisk_plus.server"].search([], order="id")
        servers.write({"country_id": False})
        self.server.country_id = self.france
        self.assertEqual(self.partners._asterisk_fallback_country(), self.france)
        self.server.active = False
        self.assertNotEqual(self.partners._asterisk_fallback_country(), self.france)

    def test_known_number_costs_the_look_up_alone(self):
        self.partners.asterisk_match("0470 00 00 01", server=self.server)
        self.partners.flush()
        # The search, and the contact's own row.
        self.partners.invalidate_cache()
        self.server.company_id  # pylint: disable=pointless-statement  # the server's row is not the number's affair
        with self.assertQueryCount(2):
            self.assertEqual(self.partners.asterisk_match("0470 00 00 01", server=self.server), self.jane)


@tagged("post_install", "-at_install")
class TestClickQueries(ClickCase):
    def test_click_costs_no_query_that_it_does_not_need(self):
        """39 before what is the same for all was remembered, and the same number looked up once."""
        self.click()
        self.commit()
        self.env["base"].flush()
        self.env["base"].invalidate_cache()
        count = self.env.cr.sql_log_count
        self.click()
        self.env["base"].flush()
        self.assertLess(self.env.cr.sql_log_count - count, 33)


class TestDeliveryQueries(PopupCase):
    """At the installation: bridges, which are installed later, have queries of their own."""

    def cost(self, items):
        self.env["base"].flush()
        self.env["base"].invalidate_cache()
        count = self.env.cr.sql_log_count
        self.deliver(items)
        self.env["base"].flush()
        return self.env.cr.sql_log_count - count

    def test_a_delivery_costs_no_query_that_it_does_not_need(self):
        """38 when it rings and 39 when it ends, before the settings and the server were remembered and lines written at once."""
        costs = []
        for again in range(3):  # what is remembered is asked for once
            events = [
                {name: value + str(again) if name.endswith(("niqueid", "inkedid")) else value for name, value in one.items()}
                for one in self.events("inbound-answered")
            ]
            items = self.items(events)
            rung = next(place for place, item in enumerate(items) if item["event"]["Event"] == "DialEnd")
            costs = [self.cost(items[:rung]), self.cost(items[rung:])]
        self.assertLess(costs[0], 32)
        self.assertLess(costs[1], 37)
