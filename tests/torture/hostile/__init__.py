"""Hostile input: whatever a file or a server says, its reader answers with a value or with its own error."""
