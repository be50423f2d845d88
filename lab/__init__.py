"""The lab: real RabbitMQ, PostgreSQL, Odoo, nginx, Asterisk and SIP phones on one machine.

Standard library only, Python 3.11, root on Debian 12 or newer. `python3 -m lab --help` tells the
commands.

| Looking for | Start here |
|---|---|
| what is installed, from where | `recipes`, `provision`, `apt` |
| how a process is started, awaited and stopped | `process`, `component` |
| the components | `rabbitmq`, `postgres`, `odoo`, `nginx`, `asterisk`, `sip`, `agent` |
| all of them together | `stack` (`Lab`) |
| the people and phones of the scenarios | `cast` |
| writing down what Asterisk says | `record`, `situations` |
"""
