"""The versioned store: artifacts by content key, releases, and handing them on."""
