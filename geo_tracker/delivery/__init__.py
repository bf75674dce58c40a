"""Sending files and messages to where people read them."""
