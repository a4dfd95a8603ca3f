"""Instruction data: answers that are known to be right, and conversations, as folders that `docproc train` takes.

reviews, sure answers ─facts→ what is right on a page ─replies→ question and reply ─folder→ train/validation/test
LLaVA's JSON ─llava→ conversations ─folder→ the same
"""
