"""QIDO-RS and WADO-RS over one case (PS3.18 chapters 10.4 and 10.6)."""
