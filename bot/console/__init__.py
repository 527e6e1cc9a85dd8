"""A strict stand-in of Slack on this machine, for the demo and the tests."""
