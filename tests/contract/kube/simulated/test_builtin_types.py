"""The fields that the sandbox knows are those that the official client's models were generated from."""

from sandbox.kube.builtin import generate


def test_types_are_those_of_the_installed_client() -> None:
    assert generate.FILE.read_text() == generate.text(generate.document())
