"""`s3:` sources: buckets of Amazon S3, or of another server that speaks its protocol.

boto3 lists, signs and writes, with its own chain of credentials; bytes are fetched by our own engine through signed
addresses. The only importer of boto3 and botocore, which a sync loads only where it cannot sign without them.
"""

from wansync.sources.s3.bucket import Bucket, StoredObject
from wansync.sources.s3.location import Location
from wansync.sources.s3.source import S3Source

__all__ = ["Bucket", "Location", "S3Source", "StoredObject"]
