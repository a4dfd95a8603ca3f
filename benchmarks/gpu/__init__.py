"""Models of real size with random weights on a GPU: pages a second, and how near that is to what the chip can do.

    python -m benchmarks.gpu [--sizes 2b,8b] [--policies tiles,native] [--pages 96] [--train-steps 12] [--json FILE]

Last, LoRA steps of the product's Trainer on the same pages (with peft and accelerate): pages and tokens a second.
It needs torch, transformers and llguidance and no network: configurations are written here, weights are drawn on the
device, the tokenizer is trained in a second. Where llguidance is not installed and cannot be (a machine without a
network), run `python -m benchmarks.gpu.setup` on another one and take the folder `.gpu` along. Without CUDA it runs end
to end with a small model on the CPU, and says so.
"""
