"""What an answer of the Kubernetes API means, where nothing is installed to give another."""

from functions.adapters.kube_answers import Answer, error
from functions.adapters.kube_resources import REFRESHES
from functions.errors import NotFound


def test_a_kind_that_cannot_be_listed_is_not_installed() -> None:
    found = error(Answer(status=404, body=b"404 page not found"), "list", REFRESHES, "")

    assert isinstance(found, NotFound)
    assert "list noderefreshes: 404" in str(found)
    assert str(found).endswith(
        "does it exist? make install CLUSTER=PROJECT/LOCATION/NAME makes what repull needs "
        "(kubectl apply -k infra/cluster does where its files are filled in)"
    )
