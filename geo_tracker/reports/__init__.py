"""Reports for people outside the dashboard: one model, one renderer per format."""
