"""Objects of an S3-compatible store: recordings, uploads and the like, found by key, by an index or by labels."""

from dsar_s3.connector import S3Connector
from dsar_s3.places import Index, Labels, Place
from dsar_s3.settings import S3Settings

connector = S3Connector()

__all__ = ["Index", "Labels", "Place", "S3Connector", "S3Settings", "connector"]
