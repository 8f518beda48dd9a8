"""Campaigns that try to break the store."""
