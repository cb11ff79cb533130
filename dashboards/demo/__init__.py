"""`groundwatt demo`: the whole pipeline with simulated devices on one machine, in one command.

Broker, simulators, collector, ingest worker, analytics, web page and the loading of history are the
product's own commands, each in a process of its own. The demo starts them, shows what they do,
and stops them; nothing here is a second way of doing what they do.
"""
