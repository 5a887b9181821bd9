"""What sections keep in memory is keyed by runs and not by stores, so that a result names all runs that it rests on."""

import importlib
import inspect

import pytest

from deref import discovery
from evidence.runs import Store


@pytest.mark.parametrize("name", discovery.declaring())
def test_no_cache_hides_which_runs_a_result_asked_for(name):
    module = importlib.import_module(name)
    cached = {key: one for key, one in vars(module).items() if hasattr(one, "cache_parameters")}
    hiding = [key for key, one in cached.items() if any("Store" in str(parameter.annotation)
              for parameter in inspect.signature(one).parameters.values())]
    assert hiding == [], f"{Store.__name__} among the arguments: the second caller would record no runs"
