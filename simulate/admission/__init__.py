"""What the API server makes of an object before it stores it, and of which pods it takes none.

stored = defaulted(obj, objects)
why_not = refusals(pod, objects)
"""

from kubectl_smart.simulate.admission.admitting import defaulted, refusals

__all__ = ["defaulted", "refusals"]
