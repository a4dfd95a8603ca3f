"""LoRA fine-tuning of the models that the qwen engine runs, from dataset folders alone: the store is not known here.

dataset folder ─Sample→ collate (the engine's own tiles, words and tokens) ─batch→ Trainer ─→ adapter folder + recipe
"""
