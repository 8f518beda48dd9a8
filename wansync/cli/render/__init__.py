"""Results as text for people. A renderer gets a report and prints; it decides nothing."""
