"""`hf:` sources: repositories of the Hugging Face Hub, or of another server that speaks its protocol.

Metadata, tokens and errors are those of the huggingface_hub client, bytes are fetched by our own engine. The only
importer of huggingface_hub and httpx2.
"""

from wansync.sources.huggingface.source import HubSource

__all__ = ["HubSource"]
