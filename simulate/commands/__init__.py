"""What a kubectl command line would ask of the API; nothing is executed.

command = parse("kubectl drain worker-3 --ignore-daemonsets")
for effect in effects(command, objects): ...
"""

from kubectl_smart.simulate.admission.objects import Objects
from kubectl_smart.simulate.commands.command import Command
from kubectl_smart.simulate.commands.effects import Delete, Effect, Evict, Put, Refused
from kubectl_smart.simulate.commands.naming import named
from kubectl_smart.simulate.commands.outcome import effects
from kubectl_smart.simulate.commands.parsing import parse

__all__ = [
    "Command",
    "Delete",
    "Effect",
    "Evict",
    "Objects",
    "Put",
    "Refused",
    "effects",
    "named",
    "parse",
]
