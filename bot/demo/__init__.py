"""The product without a cluster and without Slack: a recording, the stand-in and the real bot."""
