"""What programs see: a read API over HTTP, and the same reads as tools for assistants (MCP)."""
