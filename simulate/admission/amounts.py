"""Amounts of resources: added, compared, and written as Kubernetes writes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from kubectl_smart.memory.formats.quantities import quantity

_BINARY = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")
_DECIMAL = {-9: "n", -6: "u", -3: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T", 15: "P", 18: "E"}
_KILO = 1024


class Amount(NamedTuple):
    """A number, and whether it is written in powers of two."""

    number: Fraction
    binary: bool = False

    def plus(self, other: Amount) -> Amount:
        """The sum, written like the first of them that is not nothing."""
        return Amount(self.number + other.number, self.binary if self.number else other.binary)

    def __str__(self) -> str:
        """The canonical form: `1500m`, `2`, `1536Mi`."""
        number = self.number
        if self.binary and abs(number) >= _KILO:
            power = 0
            whole = -(-number.numerator // number.denominator)
            while whole % _KILO == 0 and power < len(_BINARY) - 1:
                whole //= _KILO
                power += 1
            return f"{whole}{_BINARY[power]}"
        scaled = -(-number * 10**9 // 1)
        exponent = -9
        while scaled and scaled % 1000 == 0 and exponent < max(_DECIMAL):
            scaled //= 1000
            exponent += 3
        return f"{scaled}{_DECIMAL[exponent]}" if scaled else "0"


Amounts = dict[str, Amount]
ONE = Amount(Fraction(1))


def amount(value: Any) -> Amount:
    """The amount a field says; nothing where it says none."""
    read = quantity(value)
    if read is None or read.percent:
        return Amount(Fraction(0))
    return Amount(read.amount, isinstance(value, str) and value.endswith("i"))


def amounts(values: Any) -> Amounts:
    """The amounts of a map such as `requests`."""
    return (
        {str(key): amount(one) for key, one in values.items()} if isinstance(values, dict) else {}
    )


def canonical(values: Any) -> Any:
    """A map of amounts as the API server writes it: `1024Mi` is `1Gi`. What is none stays."""
    if not isinstance(values, dict):
        return values
    return {key: _written(one) for key, one in values.items()}


def _written(value: Any) -> Any:
    read = quantity(value)
    return value if read is None or read.percent else str(amount(value))


def total(parts: Iterable[Mapping[str, Amount]]) -> Amounts:
    """The sum of each resource."""
    found: Amounts = {}
    for part in parts:
        for name, one in part.items():
            found[name] = found[name].plus(one) if name in found else one
    return found


def greatest(parts: Iterable[Mapping[str, Amount]]) -> Amounts:
    """The most of each resource."""
    found: Amounts = {}
    for part in parts:
        for name, one in part.items():
            if name not in found or one.number > found[name].number:
                found[name] = one
    return found


def of_pod(spec: Mapping[str, Any], field: str) -> Amounts:
    """What a whole pod asks for, or is limited to (`field`: "requests" or "limits").

    Containers and sidecars together, or what an init container needs beside the sidecars that were
    started before it; the pod's own amounts instead, where it has some; and the overhead.
    """
    running = [_of(one, field) for one in spec.get("containers") or ()]
    peaks: list[Amounts] = []
    sidecars: list[Amounts] = []
    for one in spec.get("initContainers") or ():
        if one.get("restartPolicy") == "Always":
            sidecars.append(_of(one, field))
            peaks.append(total(sidecars))
        else:
            peaks.append(total([_of(one, field), *sidecars]))
    found = greatest([total([*running, *sidecars]), *peaks])
    own = amounts((spec.get("resources") or {}).get(field))
    found.update(own)
    overhead = amounts(spec.get("overhead"))
    if field == "limits":
        overhead = {name: one for name, one in overhead.items() if name in found}
    return total([found, overhead])


def _of(container: Mapping[str, Any], field: str) -> Amounts:
    return amounts((container.get("resources") or {}).get(field))
