"""Label selectors, and the part of node affinity that is a hard requirement."""

from collections.abc import Mapping

from sandbox.objects.kinds import Object, labels_of, name_of


def matches(selector: Object | None, labels: Mapping[str, str]) -> bool:
    """`metav1.LabelSelector`: an absent one matches nothing, an empty one everything."""
    if selector is None:
        return False
    wanted = selector.get("matchLabels") or {}
    return all(labels.get(key) == value for key, value in wanted.items()) and all(
        _holds(expression, labels) for expression in selector.get("matchExpressions") or ()
    )


def node_fits(pod: Object, node: Object) -> bool:
    """Do nodeSelector and requiredDuringSchedulingIgnoredDuringExecution let the pod onto the node?"""
    labels = labels_of(node)
    if any(labels.get(key) != value for key, value in (pod["spec"].get("nodeSelector") or {}).items()):
        return False
    affinity = (pod["spec"].get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    if required is None:
        return True
    fields = {"metadata.name": name_of(node)}
    return any(
        all(_holds(expression, labels) for expression in term.get("matchExpressions") or ())
        and all(_holds(expression, fields) for expression in term.get("matchFields") or ())
        for term in required["nodeSelectorTerms"]
    )


def _holds(expression: Object, labels: Mapping[str, str]) -> bool:
    key, values = expression["key"], expression.get("values") or ()
    match expression["operator"]:
        case "In":
            return key in labels and labels[key] in values
        case "NotIn":
            return labels.get(key) not in values
        case "Exists":
            return key in labels
        case "DoesNotExist":
            return key not in labels
        case operator:
            raise NotImplementedError(f"selector operator {operator} is not modelled")
