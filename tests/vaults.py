"""The vault of databases that live for one test."""

from mainstem.platform.vault import Vault

VAULT = Vault(b"digest secret of all the tests .", [b"wrapping key of all the tests .."])
