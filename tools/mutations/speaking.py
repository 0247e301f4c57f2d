"""What a workload promises of its pods' log."""

from tools.mutations.row import row

SPEAKING = ("tests/unit/test_speaking.py",)

ROWS = (
    row(
        "whoever reads logs for long loses its slot",
        "phases/speaking.py",
        "            self._hold.breathe()  # a log is long, and there may be many\n",
        "",
        ("tests/unit/test_speaking.py",),
    ),
    row(
        "a log that can't be read keeps a run from its end",
        "phases/speaking.py",
        "        except (Refused, Retryable) as error:  # its kubelet",
        "        except KeyError as error:  # its kubelet",
        SPEAKING,
    ),
    row(
        "what a look that failed should have read is never read",
        "phases/speaking.py",
        "looked, now = self._looked.get(run), self._hold.now()\n",
        "looked = self._looked.get(run)\n            now = self._looked[run] = self._hold.now()\n",
        SPEAKING,
    ),
    row(
        "what a Deployment promises is nobody's promise",
        "phases/speaking.py",
        'workloads.deployment_of(namespace, owner.name) if owner.kind == "ReplicaSet" else owner',
        "owner",
        SPEAKING,
    ),
    row(
        "only what a pod has logged of late is read",
        "phases/speaking.py",
        "since = None if looked is None else OVERLAP",
        "since = OVERLAP",
        SPEAKING,
    ),
    row(
        "a log is read anew at each look",
        "phases/speaking.py",
        "looked, now = self._looked.get(run), self._hold.now()",
        "looked, now = None, self._hold.now()",
        SPEAKING,
    ),
    row(
        "what a pod has said is forgotten",
        "phases/speaking.py",
        "                self._heard.add((run, line))\n",
        "                return True\n            if False:\n                self._heard.add((run, line))\n",
        SPEAKING,
    ),
    row(
        "what a container's last run has said counts for this one",
        "phases/speaking.py",
        "run = (pod.uid, container.name, container.running_since)",
        "run = (pod.uid, container.name, None)",
        SPEAKING,
    ),
    row(
        "a renewed node is done before its pods speak",
        "phases/retry_pods.py",
        " or listener.silent(affected)",
        "",
        SPEAKING,
    ),
    row(
        "an outage is over before its pods speak",
        "phases/scale_up.py",
        " or listener.silent(pods)",
        "",
        SPEAKING,
    ),
)
