"""How numbers and names read, in any language: what screens, reports and signals share."""
