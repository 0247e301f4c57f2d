"""Label selectors: as objects hold them, as we see them, and as a request names them."""

from functions.adapters.kube_api import Object
from functions.model.cluster import Requirement


def requirements(selector: Object) -> tuple[Requirement, ...]:
    """A LabelSelector, row by row."""
    labels = selector.get("matchLabels") or {}
    return (
        *(Requirement(key=key, operator="In", values=(value,)) for key, value in labels.items()),
        *(
            Requirement(key=each["key"], operator=each["operator"], values=tuple(each.get("values") or ()))
            for each in selector.get("matchExpressions") or ()
        ),
    )


def written(row: Requirement) -> str:
    """As `labelSelector` of a list takes it."""
    match row.operator:
        case "In" | "NotIn":
            return f"{row.key} {row.operator.lower()} ({','.join(row.values)})"
        case "Exists":
            return row.key
        case _:
            return f"!{row.key}"
