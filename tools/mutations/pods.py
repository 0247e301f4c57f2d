"""Which pods are moved, how fast, and what a probe proves."""

from tools.mutations.row import row

EVICTIONS = ("tests/unit/test_evictions.py",)
REPLACEMENTS = ("tests/unit/test_replacements.py",)
EARLIER = ("tests/contract/adapters/test_evicting.py::test_what_an_earlier_invocation_has_evicted_is_waited_for",)
DRAIN = ("tests/unit/test_drain.py",)
PROBE = ("tests/unit/test_probe.py",)
NO_ANSWER = (
    "tests/contract/adapters/test_workloads.py::test_an_answer_that_does_not_come_says_nothing_of_a_daemon_set",
)

ROWS = (
    row(
        "what a pod keeps is deleted with it, so that it pulls at once",
        "pulls.py",
        "            or (pod.keeps_data and not local_storage)\n",
        "",
        ("tests/unit/test_pulls.py",),
    ),
    row(
        "a DaemonSet that can't be read is gone, and its pods are bare ones",
        "adapters/kube_workloads.py",
        "        return self._api.get(DAEMON_SETS, name, namespace=namespace) is not None\n",
        "        try:\n"
        "            return self._api.get(DAEMON_SETS, name, namespace=namespace) is not None\n"
        "        except Exception:\n"
        "            return False\n",
        NO_ANSWER,
    ),
    row(
        "any pod labelled as a probe is left",
        "probe.py",
        "pod.namespace == NAMESPACE and PROBE in pod.labels",
        "PROBE in pod.labels",
        EVICTIONS,
    ),
    row(
        "bare pods are evicted",
        "evictions.py",
        "    if pod.owner is not None or pod.finished or facts.consents.bare_pods:\n",
        "    if True:\n",
        EVICTIONS,
    ),
    row(
        "local data is lost",
        "evictions.py",
        "    if not pod.local_volumes or pod.finished or facts.consents.local_storage:\n",
        "    if True:\n",
        EVICTIONS,
    ),
    row("static pods are evicted", "evictions.py", "if pod.is_mirror else None", "if False else None", EVICTIONS),
    row(
        "pods that defy the cordon are evicted for ever",
        "evictions.py",
        "pod.created - cordoned_at > CORDON_KNOWN_AFTER",
        "False",
        EVICTIONS,
    ),
    row(
        "a replacement that can't pull is no matter",
        "replacements.py",
        "            if pod.node in passed:\n",
        "            if False:\n",
        REPLACEMENTS,
    ),
    row(
        "whoever goes on with a drain takes what does not come up for old",
        "phases/evicting.py",
        "            self.left_behind += late\n",
        "",
        EARLIER,
    ),
    row(
        "a StatefulSet's pods that have moved are nobody's",
        "adapters/kube_views.py",
        "label if label == OF_ONE_POD else ",
        "",
        EARLIER,
    ),
    row(
        "what came long before the cordon is waited for",
        "replacements.py",
        "pod.created > since and ",
        "",
        REPLACEMENTS,
    ),
    row(
        "who was refused is asked again at once",
        "phases/evicting.py",
        "not_before.get(pod.uid, now) <= now",
        "True",
        DRAIN,
    ),
    row(
        "a workload loses all its pods at once",
        "phases/evicting.py",
        "        if of[controller] < OF_ONE_CONTROLLER:\n",
        "        if True:\n",
        DRAIN,
    ),
    row(
        "the probe may use a cached image",
        "probe.py",
        '"imagePullPolicy": "Always"',
        '"imagePullPolicy": "IfNotPresent"',
        PROBE,
    ),
)
