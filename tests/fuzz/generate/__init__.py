"""Random tokenizer.json files: half of them look like those of known models and are then changed a little, half are
random components put together. Every component and option of tokenizers 0.23 can occur."""

from .files import merged, merges_are_sound, model_type, vocabulary
from .tokenizer import ONLY, random_tokenizer

__all__ = ["ONLY", "merged", "merges_are_sound", "model_type", "random_tokenizer", "vocabulary"]
