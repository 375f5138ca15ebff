"""The Trainer of transformers on a tiny model: ``python transformers_trainer.py`` writes transformers_*.json here."""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments

HERE = Path(__file__).parent


def trainer(directory: str, max_steps: int, scheduler: str, **options: Any) -> Any:
    torch.manual_seed(0)
    sizes = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 8}
    model = BertForSequenceClassification(BertConfig(vocab_size=16, max_position_embeddings=8, **sizes))
    data = [{"input_ids": [i % 16, 3, 5], "labels": i % 2} for i in range(64)]
    arguments = TrainingArguments(
        output_dir=directory,
        max_steps=max_steps,
        per_device_train_batch_size=4,
        learning_rate=5e-4,
        lr_scheduler_type=scheduler,
        logging_steps=5,
        save_steps=max_steps // 2 if "save_steps" not in options else options.pop("save_steps"),
        report_to=[],
        use_cpu=True,
        disable_tqdm=True,
        **options,
    )
    return Trainer(model=model, args=arguments, train_dataset=data)


def keep(directory: str, step: int, name: str) -> None:
    shutil.copy(Path(directory) / f"checkpoint-{step}" / "trainer_state.json", HERE / name)


def whole() -> None:
    with TemporaryDirectory() as directory:
        trainer(directory, 120, "cosine", warmup_steps=20).train()
        keep(directory, 120, "transformers_cosine.json")


def resumed() -> None:
    """Broken off at step 60, and resumed from the checkpoint."""
    with TemporaryDirectory() as directory:
        trainer(directory, 120, "linear", warmup_steps=20).train()
        trainer(directory, 120, "linear", warmup_steps=20).train(f"{directory}/checkpoint-60")
        keep(directory, 120, "transformers_resumed.json")


def resumed_for_longer() -> None:
    """Resumed at the middle with twice as many steps."""
    with TemporaryDirectory() as directory:
        trainer(directory, 60, "linear", save_steps=60).train()
        trainer(directory, 120, "linear", save_steps=60).train(f"{directory}/checkpoint-60")
        keep(directory, 120, "transformers_resumed_for_longer.json")


if __name__ == "__main__":
    for run in (whole, resumed, resumed_for_longer):
        run()
