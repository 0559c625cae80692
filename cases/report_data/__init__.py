"""The content of a lumbar report as data that a radiologist can review without reading code.

Every table says how far it is verified: V read in a published source (named), K general
knowledge, D a design value. What is not V is "pending radiologist review" in
docs/clinical-content.md, which is printed from these tables.
"""
