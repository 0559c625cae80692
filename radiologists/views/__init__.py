"""Pages of the radiologists and the coordinator."""
