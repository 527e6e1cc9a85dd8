"""What stands in the README.md of each branch: how to read a memory with nothing but git."""

from __future__ import annotations

ROOT_MESSAGE = b"Begin this memory\n\nHow to read it with plain git stands in README.md.\n"

MAIN_README = b"""\
# The memory of a Kubernetes cluster

kubectl-smart records here every decision made about a cluster: who changed what, when, how
and, where it is known, why. You need nothing but git to read it.

## What is where

This branch, `main`, has one commit for each change of something that people or automation
declare (Deployments, ConfigMaps, Nodes, roles ...), for each step somebody took while
debugging, for each note and for each version of an incident report.

    state/<namespace>/<Kind.group>/<name>.yaml     what is declared now
    state/_cluster/<Kind.group>/<name>.yaml        ... of objects that have no namespace
    knowledge/<as above>.md                        notes that people pinned to an object
    incidents/<id>.md                              incident reports
    late/<as above>/<change>.yaml                  versions that were heard of only after a
                                                   newer one; they never turn `state/` back

The branches `journal/<year>-<month>` hold the bulk: Pods, ReplicaSets and whatever else
controllers make, observations such as crashes and failed probes, and the intervals in which
each source was heard. `git log journal/2026-11` lists them, newest first.

## Questions plain git answers

    git log --oneline                                      what happened, newest first
    git log -p -- state/payments/Deployment.apps/api.yaml  the history of one object
    git blame main -- state/payments/Deployment.apps/api.yaml
                                                           who set each line, and when
    git log -G'replicas:' -p -- state/payments             every change of a number of replicas
    git log --author=sarah                                 what one person did
    git log --grep='^Via: kubectl scale'                   everything scaled by hand
    git log --grep='^Actor-Kind: human' --since=yesterday  what people did since yesterday
    git show main~20:state/payments/Deployment.apps/api.yaml | kubectl apply -f -
                                                           bring an old version back

The author and the author date say who did it and when it happened; the committer date says
when it was recorded. `git log --format='%ad %an %s'` shows the former.

## How to read a commit

The subject says what changed. The body, if there is one, is the reason in the words of whoever
did it. Below stand trailers, one a line; `git log --format='%(trailers)'` prints them, and free
text above them can never pass for one.

    Change-Id, Step-Id, Note-Id, Incident-Version   what the commit records
    Sequence, Cursor       its place in the order of recording
    Happened, Recorded     to the microsecond
    Actor, Actor-Kind      who: human, automation, controller, node or unknown
    Via                    how: the kubectl command rebuilt, or the name of the controller
    Object, Uid, Resource-Version, Audit-Id
    Knowledge              `fields` or `name`, if the whole object was not recorded
    Edit                   before and after, where they do not follow from the files

In paths and names every byte but letters, digits, `.`, `_` and `-` is written as `%XX`.
Values that look like credentials are replaced by fingerprints before anything is stored.

Please do not commit here by hand: use `kubectl smart remember` and `kubectl smart incident`.
"""

JOURNAL_README = b"""\
# A month of a Kubernetes cluster

This branch holds one month of what nobody decided: the objects controllers make, what was
observed, and when each source was heard. Decisions are on the branch `main`, whose README.md
explains how to read all this with plain git.

    state/<namespace>/<Kind.group>/<name>.yaml   derived objects (Pods with a trimmed status)
    status/<namespace>/<Kind>/<name>.yaml        the status of Pods and Nodes that are declared
    records/<day>/<hour>/<number>.jsonl          every record, one JSON object a line

The first commit takes over all that was alive at the end of the month before; each further one
adds a batch of records, and leaves `state/` and `status/` as they were at its end. Versions
that a later one in the same batch replaced stand in the line itself, as `state`.

Nothing else depends on this branch: it may be archived or deleted with its month.
"""
