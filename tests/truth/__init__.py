"""The truth fixture: a small model of the Qwen3-VL architecture that reads, its pages and its trainer."""
