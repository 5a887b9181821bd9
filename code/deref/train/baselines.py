"""Training networks other than transformers: the book's recipe, batches and histories on another architecture."""

from deref.model.baselines import BaselineConfig
from deref.model.recurrent import RecurrentConfig
from deref.train.config import TrainConfig
from evidence.config import config


@config
class NetworkConfig(TrainConfig):
    """A training run of a network without attention; everything but the model is as in `TrainConfig`.

    Args:
        model: the network; its length, vocabulary and outputs must be the task's.

    Raises:
        ValueError: as `TrainConfig`.
    """

    model: BaselineConfig | RecurrentConfig
