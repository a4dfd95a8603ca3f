"""Instruction data by a teacher model: pages in, what it asks and answers about them out, as a dataset folder.

documents ─pages→ Page ─teacher→ reply ─kinds→ questions and answers ─sift→ those that hold ─journal→ folder
"""
