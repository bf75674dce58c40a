"""Look-alikes of the assistants' own apps: their hosts, transports and stream formats, with markup of our own."""
