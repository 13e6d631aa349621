"""Sealed fields and blobs: AES-256-GCM under a key per case, wrapped by the operator's key; blind indexes; tokens."""

from dsar.vault.blobs import BlobStore
from dsar.vault.keys import CaseKey, Vault, VaultError

__all__ = ["BlobStore", "CaseKey", "Vault", "VaultError"]
